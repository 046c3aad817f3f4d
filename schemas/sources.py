"""Contracts of the source tables: what a landing file must look like, whoever published it.

A table's contract is chosen by `contract` in `data/catalogue/sources.yaml`; several tables may share one.
Labels and missing symbols stand here as the publisher wrote them; the models in `sql/core/` translate them.
"""

from schemas import fields as f
from schemas import intake, newer
from schemas.fields import DOUBLE, INTEGER, STRING, Field, Table, optional


def _label(name: str, what: str) -> Field:
    return Field(name, STRING, f"{what}, the publisher's own label")


_sex_label = _label("sex_label", "Sex")
_age_label = _label("age_label", "Age band")
_education_label = _label("education_label", "Level of education")
_contents = Field(
    "contents",
    STRING,
    "What the cell counts: eligible (persons entitled to vote) or turnout_percent (whole per cent)",
    one_of=("eligible", "turnout_percent"),
)
_cell = (f.value, f.symbol)
_region = Field("region", STRING, "SCB region code", pattern=f.AREA_CODE)


def _symbol_of(name: str) -> Field:
    return Field(
        f"{name}_status", STRING, f"What stood in {name} where no number did", nullable=True, may_be_blank=True
    )


_outcome = (
    Field("outcome", STRING, "The publisher's code of what was answered"),
    _label("outcome_label", "What was answered"),
)
_survey_age = (Field("age", STRING, "The publisher's code of the age band"), _label("age_label", "Age band"))
_survey_interval = (
    Field("ci_lower", DOUBLE, "Lower end of the publisher's 95 % interval, per cent", nullable=True),
    _symbol_of("ci_lower"),
    Field("ci_upper", DOUBLE, "Upper end of the publisher's 95 % interval, per cent", nullable=True),
    _symbol_of("ci_upper"),
    Field("n", DOUBLE, "Number of answers", at_least=0, nullable=True),
    _symbol_of("n"),
)
_survey_cell = (_sex_label, f.year, *_survey_interval, *_cell)


_kolada_cell = (
    Field("kpi", STRING, "Kolada key figure", pattern=r"^[NU]\d{5}$"),
    Field("municipality", STRING, "Kolada unit: 0000 nation, 00LL county, else municipality", pattern=r"^\d{4}$"),
    f.year,
    Field("gender", STRING, "T all, K women, M men", one_of=("T", "K", "M")),
)

_CONTRACTS = (
    Table(
        "kolada_values",
        "Kolada key figures by municipality, county or nation, year and gender",
        (*_kolada_cell, *_cell),
        key=("kpi", "municipality", "year", "gender"),
    ),
    Table(
        "education",
        "Persons by municipality, level of education, age band and sex",
        (f.municipality, _education_label, _age_label, _sex_label, f.year, *_cell),
        key=("municipality", "education_label", "age_label", "sex_label", "year"),
    ),
    Table(
        "population_by_age",
        "Persons by municipality, one-year age and sex",
        (f.municipality, f.age, _sex_label, f.year, *_cell),
        key=("municipality", "age", "sex_label", "year"),
    ),
    Table(
        "household_tenure",
        "Households by municipality, type of household and tenure",
        (
            f.municipality,
            _label("household_type_label", "Type of household"),
            _label("tenure_label", "Tenure"),
            f.year,
            *_cell,
        ),
        key=("municipality", "household_type_label", "tenure_label", "year"),
    ),
    Table(
        "income",
        "Income in SEK thousand by municipality, sex and age, mean and median",
        (f.municipality, _sex_label, _age_label, _label("statistic_label", "Statistic"), f.year, *_cell),
        key=("municipality", "sex_label", "age_label", "statistic_label", "year"),
    ),
    Table(
        "turnout_by_education",
        "Election to the Riksdag: eligible voters and turnout by education and sex",
        (f.municipality, _sex_label, _education_label, _contents, f.year, *_cell),
        key=("municipality", "sex_label", "education_label", "contents", "year"),
    ),
    Table(
        "turnout_by_age",
        "Election to the Riksdag: eligible voters and turnout by age and sex",
        (f.municipality, _sex_label, _age_label, _contents, f.year, *_cell),
        key=("municipality", "sex_label", "age_label", "contents", "year"),
    ),
    Table(
        "unemployed_by_month",
        "Registered unemployed persons by municipality and month",
        (f.municipality, f.month, *_cell),
        key=("municipality", "month"),
    ),
    Table(
        "main_affiliation",
        "RAKS main affiliation, persons by region, age and year",
        (
            _region,
            _age_label,
            Field("main_affiliation", STRING, "Main affiliation 1–7; TOT the population", pattern=r"^([1-7]|TOT)$"),
            _label("main_affiliation_label", "Main affiliation"),
            f.year,
            *_cell,
        ),
        key=("region", "age_label", "main_affiliation", "year"),
    ),
    Table(
        "population_by_month",
        "Persons by region, sex and month",
        (_region, _sex_label, f.month, *_cell),
        key=("region", "sex_label", "month"),
    ),
    Table(
        "survey_share_by_group",
        "Answers to a survey in the nation by social group, age and sex, a year each, with the publisher's 95 % interval",
        (
            *_outcome,
            Field(
                "respondents", STRING, "The publisher's code of who answered: by education, economy or country of birth"
            ),
            _label("respondents_label", "Who answered"),
            *_survey_age,
            *_survey_cell,
        ),
        key=("outcome", "respondents", "age", "sex_label", "year"),
    ),
    Table(
        "survey_share_by_age",
        "Answers to a survey in the nation by age and sex, a year each, with the publisher's 95 % interval",
        (*_outcome, *_survey_age, *_survey_cell),
        key=("outcome", "age", "sex_label", "year"),
    ),
    Table(
        "survey_share",
        "Answers to a survey by region and sex, in windows of years, with the publisher's 95 % interval",
        (
            _region,
            *_outcome,
            _sex_label,
            Field("survey_years", STRING, "First and last year of the window, YYYY-YYYY", pattern=r"^\d{4}-\d{4}$"),
            *_survey_interval,
            *_cell,
        ),
        key=("region", "outcome", "sex_label", "survey_years"),
    ),
    Table(
        "areas",
        "Municipalities with county and SKR group",
        (
            f.municipality_code,
            Field("municipality_name", STRING, "Full name: Motala kommun"),
            Field("municipality_name_short", STRING, "Short name: Motala"),
            Field("county_code", STRING, "Two-digit county code", pattern=r"^\d{2}$"),
            Field("county_name", STRING, "Full name: Östergötlands län"),
            Field("county_name_short", STRING, "Short name: Östergötland"),
            Field("skr_grupp_kod", STRING, "SKR's municipality group 2023", pattern=r"^[ABC]\d$"),
            Field("skr_grupp", STRING, "SKR's municipality group 2023, in Swedish"),
        ),
        key=("municipality_code",),
    ),
    Table(
        "similar_municipalities",
        "Kolada's similar municipalities: seven for each municipality and family",
        (
            Field("family", STRING, "Which likeness", one_of=("overall", "socioeconomy", "labour_market")),
            f.municipality_code,
            Field("similar_municipality_code", STRING, "A similar municipality", pattern=f.MUNICIPALITY_CODE),
            Field("group_year", INTEGER, "Year of the grouping", at_least=f.FIRST_YEAR, at_most=f.LAST_YEAR),
        ),
        key=("family", "municipality_code", "similar_municipality_code"),
    ),
    Table(
        "standard_population",
        "European Standard Population 2013 (Eurostat), persons by five-year age band, 100,000 in all",
        (
            Field("age_group", STRING, "Age band", pattern=r"^(\d+-\d+|\d+\+)$"),
            Field("esp2013", INTEGER, "Standard persons", at_least=1),
        ),
        key=("age_group",),
    ),
    Table(
        "kolada_kpi",
        "Kolada's own metadata of its key figures",
        (
            Field("id", STRING, "Kolada key figure", pattern=r"^[NU]\d{5}$"),
            Field("title", STRING, "Kolada's title"),
            Field(
                "is_divided_by_gender", STRING, "Whether Kolada says it is divided by gender", one_of=("True", "False")
            ),
            Field("municipality_type", STRING, "K municipality, L region, A both", one_of=("K", "L", "A")),
            optional(Field("auspice", STRING, "Kolada's auspice")),
            optional(Field("operating_area", STRING, "Kolada's operating area")),
            optional(Field("perspective", STRING, "Kolada's perspective")),
            optional(Field("prel_publication_date", STRING, "Preliminary publication")),
            optional(Field("publication_date", STRING, "Next publication")),
            optional(Field("publ_period", STRING, "Period of the next publication")),
            optional(Field("has_ou_data", STRING, "Whether there are figures by unit")),
        ),
        key=("id",),
    ),
    Table(
        "code_map",
        "What each publisher's label or code means in this project's codes",
        (
            Field("source", STRING, "Publisher the label is used by"),
            Field("variable", STRING, "Which variable: sex, education, age, tenure …"),
            Field("label", STRING, "The publisher's label or code"),
            Field("code", STRING, "This project's code"),
        ),
        key=("source", "variable", "label"),
    ),
    Table(
        "missing_symbols",
        "What stands in a cell without a number, and what it means, per publisher",
        (
            Field("source", STRING, "Publisher"),
            Field("symbol", STRING, "The text in the cell", may_be_blank=True),
            f.status,
            f.status_reason,
            Field("meaning_sv", STRING, "What the publisher says it means"),
        ),
        key=("source", "symbol"),
    ),
    Table(
        "other_surveys",
        "Where a Kolada survey figure comes from another survey than elsewhere: one year, ages 18–84",
        (
            Field("kpi", STRING, "Kolada key figure", pattern=r"^[NU]\d{5}$"),
            Field("county_code", STRING, "County, or the county of the municipalities", pattern=r"^\d{2}$"),
            f.year,
            f.area_level,
            Field("survey", STRING, "Name of the survey"),
        ),
        key=("kpi", "county_code", "year", "area_level"),
    ),
    Table(
        "known_faults",
        "Kolada figures that are plainly false where they are published, and why; taken out while they stand there",
        (
            *_kolada_cell,
            Field("false_value", DOUBLE, "The false figure as published; once the source has another, that one counts"),
            Field("fault_sv", STRING, "How one can tell that it is false, in Swedish"),
        ),
        key=("kpi", "municipality", "year", "gender"),
    ),
)

landing = Field(
    "landing",
    STRING,
    "snapshot, live, reference, made (by the run itself), inbox (ordered or filled in), or none where it has no rows: it has not been fetched, delivered or filled in, and nothing of it is in the repository",
    one_of=("snapshot", "live", "reference", "made", "inbox", "none"),
)
freshness = Field(
    "freshness",
    STRING,
    "How old the figures are against the source's cadence: fresh; due (one interval has passed since they were fetched or "
    "found unchanged); stale (one and a half, or the last fetch failed, or their day is not known). Null where no fetch renews them",
    one_of=("fresh", "due", "stale"),
    nullable=True,
)
rows_older = Field(
    "rows_older",
    f.BIGINT,
    "Rows among them that the newest retrieval did not bring and that were kept of an older one",
    at_least=0,
    nullable=True,
)
oldest_retrieved = Field(
    "oldest_retrieved",
    STRING,
    "Day of the oldest retrieval any of the rows came with, ISO; null where it was not kept",
    nullable=True,
)
LANDED = Table(
    "catalogue.landing",
    "Which landing of each source table a run uses",
    (
        f.table_id,
        landing,
        optional(Field("retrieved", STRING, "Day of retrieval, ISO; null where it was not kept")),
        Field("sha256", STRING, "Fingerprint of the landed bytes"),
        optional(
            Field("rows", f.BIGINT, "Rows landed; null for what the run makes or reads out of the inbox", at_least=0)
        ),
        rows_older,
        oldest_retrieved,
        freshness,
    ),
    key=("table_id",),
)

CONTRACTS = {table.name: table for table in (*_CONTRACTS, *newer.TABLES, *intake.TABLES)}
