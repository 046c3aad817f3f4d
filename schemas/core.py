"""Contracts of `core.*` (figures in the project's own codes), of every `indicator.*`, and of what `protect` lets out."""

from schemas import fields as f
from schemas import newer
from schemas.catalogue import sort_order, subgroup_order
from schemas.fields import BOOLEAN, DOUBLE, INTEGER, STRING, Field, Table, optional

_education = Field(
    "education",
    STRING,
    "Highest education; total where it is not split",
    one_of=("primary", "secondary", "tertiary_short", "tertiary_long", "unknown"),
)
_age_group = Field("age_group", STRING, "Age band", pattern=r"^(total|\d+-\d+|\d+_plus)$")
_persons = optional(f.persons)
_state = (f.status, f.status_reason)

_later_rule = tuple(newer.LATER_SOURCES.column(name) for name in ("rule", "tolerance"))

# One row of any indicator model: what SQL computes; the rest of `indicator_value` is added once for all.
INDICATOR_ROW = (
    f.indicator_id,
    f.area_code,
    f.period,
    f.dimension,
    f.group_code,
    f.sex,
    f.value,
    f.numerator,
    f.denominator,
    f.se,
    f.ci_lower,
    f.ci_upper,
    f.ci_method,
    f.status,
    f.status_reason,
    f.provenance,
    f.reliability,
    optional(f.source_ids),
)
INDICATOR_KEY = ("indicator_id", "area_code", "period", "dimension", "group_code", "sex")
_HIDDEN = tuple(each for each in INDICATOR_ROW if each.name in INDICATOR_KEY)

AREA = (
    f.area_code,
    f.area_name,
    Field("area_name_long", STRING, "Full Swedish name: Motala kommun, Östergötlands län, Riket"),
    f.area_level,
    f.county_code,
    optional(Field("skr_group_code", STRING, "SKR's municipality group 2023; null for counties and the nation")),
    optional(Field("skr_group", STRING, "SKR's municipality group 2023, in Swedish")),
)
SIMILAR_AREA = (
    Field("family", STRING, "Which likeness (Kolada)", one_of=("overall", "socioeconomy", "labour_market")),
    f.area_code,
    f.renamed(f.area_code, "similar_area_code"),
    Field("group_year", INTEGER, "Year of the grouping", at_least=f.FIRST_YEAR, at_most=f.LAST_YEAR),
)
SOCIAL_GROUP = (
    f.dimension,
    f.group_code,
    f.label_sv,
    f.label_en,
    f.renamed(f.label_sv, "dimension_sv"),
    f.renamed(f.label_en, "dimension_en"),
    sort_order,
    Field("ordered", BOOLEAN, "True where the groups run from disadvantaged to advantaged"),
    subgroup_order,
    Field("is_reference", BOOLEAN, "True for the group that others are compared with"),
    optional(Field("components", STRING, "For a cross: its dimension=group pairs joined by a comma and a space")),
)

_CONTRACTS = (
    Table("core.area", "The 290 municipalities, 21 counties and the nation", AREA, key=("area_code",)),
    Table(
        "core.area_within",
        "Each municipality with every area that holds it",
        (f.area_code, f.renamed(f.area_code, "within_area_code")),
        key=("area_code", "within_area_code"),
    ),
    Table(
        "core.similar_area",
        "Municipalities that Kolada calls similar",
        SIMILAR_AREA,
        key=("family", "area_code", "similar_area_code"),
    ),
    Table("core.social_group", "Social groups within each dimension", SOCIAL_GROUP, key=("dimension", "group_code")),
    Table(
        "core.kolada_value",
        "Kolada figures in the project's codes, known faults taken out",
        (
            f.kpi_id,
            f.area_code,
            f.year,
            f.sex,
            f.value,
            *_state,
            Field("other_survey", BOOLEAN, "True where it comes from another survey than in the rest of the country"),
        ),
        key=("kpi_id", "area_code", "year", "sex"),
    ),
    Table(
        "core.resident",
        "Residents by area, year and sex: what a figure weighs that does not say how many it speaks of",
        (f.area_code, f.year, f.sex, f.value, f.renamed(f.weight_basis, "basis")),
        key=("area_code", "year", "sex"),
    ),
    Table(
        "core.later_value",
        "Figures of later sources in the terms of the Kolada key figure that they carry on or replace",
        (
            f.renamed(f.table_id, "source_id"),
            f.kpi_id,
            f.area_code,
            f.area_level,
            f.year,
            f.sex,
            *_later_rule,
            f.value,
            *_state,
        ),
        key=("kpi_id", "area_code", "year", "sex"),
    ),
    Table(
        "core.series_overlap",
        "Whether a later source equals the earlier figures where both have them, and so is taken",
        (
            f.renamed(f.table_id, "source_id"),
            f.kpi_id,
            *_later_rule,
            Field("cells", f.BIGINT, "Cells that both have", at_least=0),
            Field("same_cells", f.BIGINT, "Of those, cells in which the two are the same", at_least=0),
            Field(
                "largest_difference",
                DOUBLE,
                "How far the two lie apart at most, unit of the value; null where no cell is in both",
                at_least=0,
                nullable=True,
            ),
            Field("taken", BOOLEAN, "True where its later years are part of the series"),
            Field("reason_sv", STRING, "What a reader must know of it, in Swedish"),
        ),
        key=("source_id", "kpi_id"),
    ),
    Table(
        "core.continuation",
        "Figures of later sources that carry on Kolada's, or replace them",
        (
            f.kpi_id,
            f.area_code,
            f.year,
            f.sex,
            f.value,
            *_state,
            f.reliability,
            Field("replaces", BOOLEAN, "True where they replace Kolada's figures of the key figure"),
            f.renamed(f.table_id, "source_id"),
        ),
        key=("kpi_id", "area_code", "year", "sex"),
    ),
    Table(
        "core.eurostat_value",
        "Eurostat's figures for Sweden by social group, sex and age",
        (
            f.area_code,
            *(newer.EUROSTAT.column(name) for name in ("source_table", "category")),
            f.dimension,
            f.group_code,
            f.sex,
            newer.EUROSTAT.column("age_label"),
            f.year,
            f.value,
            *_state,
            *(newer.EUROSTAT.column(name) for name in ("flag", "flags_kept")),
            f.renamed(f.table_id, "source_id"),
        ),
        key=("source_table", "category", "dimension", "group_code", "sex", "age_label", "year"),
    ),
    Table(
        "core.public_health_value",
        "Folkhälsomyndigheten's figures by county and for the nation",
        (newer.PUBLIC_HEALTH.column("measure_label"), f.area_code, f.period, f.sex, f.value, *_state),
        key=("measure_label", "area_code", "period", "sex"),
    ),
    Table(
        "core.nation_age",
        "Deaths and person-years in the nation by sex and age in whole years lived",
        (
            f.area_code,
            f.year,
            f.sex,
            f.age,
            Field("person_years", DOUBLE, "Person-years lived at that age", at_least=0, nullable=True),
            Field(
                "deaths",
                DOUBLE,
                "Deaths at that age; halves where the source's age spans two",
                at_least=0,
                nullable=True,
            ),
        ),
        key=("area_code", "year", "sex", "age"),
    ),
    Table(
        "core.below_municipality",
        "Tables that exist for parts of municipalities and of which nothing is fetched",
        newer.BELOW_MUNICIPALITY.fields,
        key=("area_level", "indicator_id"),
    ),
    Table(
        "core.population_by_age",
        "Persons by municipality, year, one-year age and sex",
        (
            f.area_code,
            f.year,
            Field("basis", STRING, "december (31 December) or election_month", one_of=("december", "election_month")),
            f.sex,
            f.age,
            _persons,
            *_state,
        ),
        key=("area_code", "year", "basis", "sex", "age"),
    ),
    Table(
        "core.education",
        "Persons by municipality, year, sex, age band and highest education",
        (f.area_code, f.year, f.sex, _age_group, _education, _persons, *_state),
        key=("area_code", "year", "sex", "age_group", "education"),
    ),
    Table(
        "core.household_tenure",
        "Households by municipality, year, kind of household and tenure",
        (
            f.area_code,
            f.year,
            Field(
                "household_type",
                STRING,
                "Kind of household",
                one_of=("single_parent", "other_with_children", "without_children"),
            ),
            Field(
                "tenure",
                STRING,
                "Tenure of the dwelling",
                one_of=("owned", "cooperative", "rented", "other", "unknown"),
            ),
            Field("households", DOUBLE, "Number of households", at_least=0, nullable=True),
            *_state,
        ),
        key=("area_code", "year", "household_type", "tenure"),
    ),
    Table(
        "core.income",
        "Income by municipality, year, sex and age, SEK",
        (
            f.area_code,
            f.year,
            f.sex,
            _age_group,
            Field("statistic", STRING, "mean or median", one_of=("mean", "median")),
            Field("income_sek", DOUBLE, "Total earned income, SEK a year", nullable=True),
            *_state,
        ),
        key=("area_code", "year", "sex", "age_group", "statistic"),
    ),
    Table(
        "core.riksdag_turnout",
        "Election to the Riksdag: eligible voters and turnout by municipality, sex and group",
        (
            f.area_code,
            f.year,
            f.sex,
            f.dimension,
            f.group_code,
            Field("eligible", DOUBLE, "Persons entitled to vote", at_least=0, nullable=True),
            Field(
                "turnout_percent",
                DOUBLE,
                "Turnout as published, whole per cent",
                at_least=0,
                at_most=100,
                nullable=True,
            ),
            *_state,
        ),
        key=("area_code", "year", "sex", "dimension", "group_code"),
    ),
    Table(
        "core.registered_unemployed",
        "Registered unemployed by municipality and month",
        (f.area_code, f.year, f.month, _persons, *_state),
        key=("area_code", "month"),
    ),
    Table(
        "core.raks_main_affiliation",
        "Persons 20–64 by main affiliation to the labour market (RAKS)",
        (
            f.area_code,
            f.year,
            Field(
                "main_affiliation",
                STRING,
                "1 full-year employed, 2 newly employed, 3 left, 4 part-year, 5 combined, 6 self-employed, 7 without work, TOT all",
                pattern=r"^([1-7]|TOT)$",
            ),
            _persons,
            *_state,
        ),
        key=("area_code", "year", "main_affiliation"),
    ),
    Table(
        "core.standard_population",
        "European Standard Population 2013, persons of 100,000",
        (f.age_lower, f.age_upper, Field("standard_persons", DOUBLE, "Standard persons", at_least=1)),
        key=("age_lower",),
    ),
    Table(
        "core.impossible_cell",
        "Figures that cannot be right",
        (
            f.indicator_id,
            f.area_code,
            f.period,
            f.dimension,
            f.group_code,
            f.sex,
            f.value,
            Field("rule", STRING, "What is wrong"),
        ),
        must_be_empty=True,
    ),
    Table("indicator.everything", "Every indicator row", INDICATOR_ROW, key=INDICATOR_KEY),
    Table("protect.hidden_delivered", "Rows of ordered deliveries that may not be shown", _HIDDEN, key=INDICATOR_KEY),
    Table(
        "protect.hidden_synthetic", "Made-up rows that would be hidden if they were real", _HIDDEN, key=INDICATOR_KEY
    ),
    Table("protect.cell", "Indicator rows that may be shown, but for made-up ones", INDICATOR_ROW, key=INDICATOR_KEY),
    Table(
        "protect.synthetic_cell", "Made-up indicator rows, hidden as real ones are", INDICATOR_ROW, key=INDICATOR_KEY
    ),
)

CONTRACTS = {table.name: table for table in _CONTRACTS}
