"""What landed tables look like that speak of the nation, of counties, or of years after Kolada's own.

They came later than the first snapshot, each from another source. Part of `schemas/sources.py`, whose contracts they join.
"""

from schemas import fields as f
from schemas.fields import BOOLEAN, DOUBLE, STRING, Field, Table, optional

_cell = (f.value, f.symbol)
_sex_label = Field("sex_label", STRING, "Sex, the publisher's own label")
_region = Field("region", STRING, "SCB region code", pattern=f.AREA_CODE)
_source_period = Field(
    "period_label", STRING, "Year, or first and last year of a window: 2021 or 2018-2021", pattern=r"^\d{4}(-\d{4})?$"
)

PUBLIC_HEALTH = Table(
    "public_health_by_region",
    "Folkhälsomyndigheten's figures by region, a year or a window of years each",
    (
        Field("measure_label", STRING, "What is measured", pattern=f.IDENTIFIER),
        Field("source_table", STRING, "The publisher's table"),
        Field("kind", STRING, "Register, or which survey and ages"),
        _region,
        _sex_label,
        _source_period,
        *_cell,
    ),
    key=("measure_label", "region", "sex_label", "period_label"),
)

EUROSTAT = Table(
    "eurostat_social",
    "Eurostat's figures for Sweden by social group, sex, age and year",
    (
        _region,
        Field("measure_label", STRING, "What is measured", pattern=f.IDENTIFIER),
        Field("source_table", STRING, "Eurostat's table", pattern=r"^[a-z0-9_]+$"),
        Field("category", STRING, "Eurostat's code of the answer or state"),
        Field("dimension_label", STRING, "What the groups are groups of"),
        Field("group_label", STRING, "Eurostat's code of the group"),
        Field("group_label_sv", STRING, "The group in Swedish"),
        Field("group_label_en", STRING, "The group in English"),
        _sex_label,
        Field("age_label", STRING, "Eurostat's code of the ages"),
        f.year,
        *_cell,
        Field("unit_label", STRING, "per cent or years", one_of=("per cent", "years")),
        optional(
            Field(
                "flag",
                STRING,
                "Eurostat's flags: b break in series, u low reliability, n not significant; null for none",
                pattern="^[bun]+$",
            )
        ),
        Field("flags_kept", BOOLEAN, "False where the copy had dropped the flags: no flag then means unknown"),
        Field("found_in", STRING, "Public repository in which the copy was found"),
    ),
    key=(
        "measure_label",
        "source_table",
        "category",
        "dimension_label",
        "group_label",
        "sex_label",
        "age_label",
        "year",
    ),
)

LATER_SOURCES = Table(
    "later_sources",
    "Which later source carries on, or replaces, which Kolada key figure",
    (
        f.table_id,
        f.kpi_id,
        Field(
            "rule",
            STRING,
            "continues (only where it equals Kolada's figures of the same cells), transcribed (no common cell in the "
            "landing; checked otherwise), replaces (a revised series: Kolada's older figures are left out), alone "
            "(Kolada's first figures have none)",
            one_of=("continues", "transcribed", "replaces", "alone"),
        ),
        Field("tolerance", DOUBLE, "How far two figures of one cell may lie apart and still be the same", at_least=0),
        Field("reason_sv", STRING, "What a reader must know of it, in Swedish"),
    ),
    key=("table_id", "kpi_id"),
)

BELOW_MUNICIPALITY = Table(
    "below_municipality",
    "Tables that exist for parts of municipalities and of which nothing is fetched",
    (
        Field("area_level", STRING, "regso or deso: SCB's divisions of municipalities", one_of=("regso", "deso")),
        Field("areas", f.INTEGER, "Areas of that level in the division of 2018", at_least=1),
        f.indicator_id,
        Field("published_as", STRING, "The publisher's table"),
        optional(f.renamed(f.year, "first_year")),
        optional(f.renamed(f.year, "last_year")),
    ),
    key=("area_level", "indicator_id"),
)

TABLES = (
    Table(
        "share_by_regso",
        "One share by part of a municipality (RegSO, SCB's division of 2025) and year, both sexes",
        (
            Field("regso", STRING, "SCB's code: the municipality, R and three digits", pattern=f.REGSO_CODE),
            f.year,
            *_cell,
        ),
        key=("regso", "year"),
    ),
    Table(
        "municipality_year",
        "One figure by municipality and year, both sexes",
        (f.municipality, f.year, *_cell),
        key=("municipality", "year"),
    ),
    Table(
        "municipality_window",
        "One figure by municipality and sex, in windows of years",
        (f.municipality, _sex_label, _source_period, *_cell),
        key=("municipality", "sex_label", "period_label"),
    ),
    Table(
        "nation_by_age",
        "The nation's population and deaths by sex and age at the end of the year",
        (
            _region,
            _sex_label,
            f.age,
            f.year,
            Field(
                "contents",
                STRING,
                "What the cell counts: population (31 December) or deaths (during the year)",
                one_of=("population", "deaths"),
            ),
            *_cell,
        ),
        key=("region", "sex_label", "age", "year", "contents"),
    ),
    Table(
        "sickness_by_region",
        "Days of sickness benefits a person by region and year, both sexes",
        (
            _region,
            Field(
                "measure_label",
                STRING,
                "The publisher's measure: ohalsotal or sjukpenningtal",
                one_of=("ohalsotal", "sjukpenningtal"),
            ),
            f.year,
            *_cell,
        ),
        key=("region", "measure_label", "year"),
    ),
    PUBLIC_HEALTH,
    EUROSTAT,
    LATER_SOURCES,
    BELOW_MUNICIPALITY,
)
