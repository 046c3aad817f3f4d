"""Contracts of the released tables (`mart.*`): what a strategist, a dashboard or a statistician reads.

The comments here become the comments in the released DuckDB file and the descriptions in `datapackage.json`.
"""

from schemas import fields as f
from schemas.catalogue import CONTRACTS as CATALOGUE
from schemas.catalogue import INDICATOR
from schemas.chance import chance_kind
from schemas.core import AREA, INDICATOR_KEY, SIMILAR_AREA, SOCIAL_GROUP
from schemas.fields import DOUBLE, INTEGER, STRING, Field, Table, optional
from schemas.followup import coverage_reason, timeliness_years
from schemas.sources import freshness, landing, oldest_retrieved, rows_older

INDICATOR_VALUE = (
    f.indicator_id,
    f.area_code,
    f.period,
    f.dimension,
    f.group_code,
    f.sex,
    f.area_level,
    f.year,
    f.period_start,
    f.period_end,
    f.value,
    f.numerator,
    f.denominator,
    f.weight,
    f.weight_basis,
    f.se,
    f.ci_lower,
    f.ci_upper,
    f.ci_method,
    chance_kind,
    f.status,
    f.status_reason,
    f.provenance,
    f.comparable,
    f.break_before,
    f.reliability,
    Field(
        "smoothed",
        DOUBLE,
        "Municipalities' shares and rates that come with events and persons: the figure drawn in towards all municipalities', "
        "the more the fewer persons it speaks of (empirical Bayes, Marshall 1991), unit of the value; null elsewhere",
        nullable=True,
    ),
    optional(f.source_ids),
)


def _as_mart(name: str) -> Table:
    """A catalogue table released as it stands."""
    known = CATALOGUE[f"catalogue.{name}"]
    return Table(f"mart.{name}", known.comment, known.fields, known.key)


_CONTRACTS = (
    Table(
        "mart.indicator",
        "The indicators: what each measures, how, and what to beware of",
        INDICATOR,
        key=("indicator_id",),
    ),
    _as_mart("catalogue_row"),
    _as_mart("recommendation"),
    _as_mart("determinant_area"),
    _as_mart("unit"),
    _as_mart("headline"),
    Table("mart.area", "The 290 municipalities, 21 counties and the nation", AREA, key=("area_code",)),
    Table(
        "mart.similar_area",
        "Municipalities that Kolada calls similar: seven for each municipality and family",
        SIMILAR_AREA,
        key=("family", "area_code", "similar_area_code"),
    ),
    Table("mart.social_group", "Social groups within each dimension", SOCIAL_GROUP, key=("dimension", "group_code")),
    Table(
        "mart.indicator_value",
        "Every figure: one row for each indicator, area, period, social group and sex within what the source publishes",
        INDICATOR_VALUE,
        key=INDICATOR_KEY,
    ),
    Table(
        "mart.coverage",
        "What is measured where: one row for each indicator, level of area and dimension",
        (
            f.indicator_id,
            Field(
                "area_level",
                STRING,
                "nation, county or municipality; regso and deso are parts of municipalities (SCB), of which nothing is here",
                one_of=(*f.AREA_LEVELS, "regso", "deso"),
            ),
            f.dimension,
            optional(Field("first_year", INTEGER, "First year with a figure")),
            optional(Field("last_year", INTEGER, "Last year with a figure")),
            Field("areas", INTEGER, "Areas of that level", at_least=0),
            Field("areas_with_figures", INTEGER, "Areas with a figure in the last year with any", at_least=0),
            Field("cells", f.BIGINT, "Cells in the frame", at_least=0),
            Field("cells_with_figures", f.BIGINT, "Cells with a figure", at_least=0),
            Field("cells_synthetic", f.BIGINT, "Cells whose figure is made up (provenance synthetic)", at_least=0),
            coverage_reason,
            timeliness_years,
            optional(Field("exists_as", STRING, "Publisher's table that is known to exist at this level, not fetched")),
        ),
        key=("indicator_id", "area_level", "dimension"),
    ),
    Table(
        "mart.quality_flag",
        "Cautions: breaks in series, corrected faults, partial sums",
        (
            f.indicator_id,
            optional(f.area_code),
            optional(f.period),
            Field(
                "flag",
                STRING,
                "Kind of caution",
                one_of=(
                    "break_in_series",
                    "false_at_source",
                    "partial_coverage",
                    "coarse_rounding",
                    "other_survey",
                    "few_events",
                    "overlapping_periods",
                    "selected_population",
                    "not_compared",
                    "circular_split",
                    "synthetic",
                    "later_source",
                    "later_source_differs",
                    "revised_series",
                    "transcribed",
                    "low_at_source",
                ),
            ),
            Field("rows", f.BIGINT, "Rows of indicator_value that it concerns", at_least=0),
            Field("text_sv", STRING, "The caution in Swedish"),
        ),
        key=("indicator_id", "area_code", "period", "flag"),
    ),
    Table(
        "mart.source_table",
        "Source tables: publisher, licence, when they were fetched, and which bytes",
        (
            *CATALOGUE["catalogue.source_table"].fields,
            optional(landing),
            optional(Field("retrieved", STRING, "Day of retrieval, ISO; null where it was not kept")),
            optional(Field("sha256", STRING, "Fingerprint of the landed bytes; null for a secret table")),
            optional(Field("rows", f.BIGINT, "Rows landed; null for a secret table")),
            rows_older,
            oldest_retrieved,
            freshness,
        ),
        key=("table_id",),
    ),
    Table(
        "mart.release",
        "This release: when it was made, from which code and which inputs",
        (
            Field("release_id", STRING, "UTC time of the release; the name of its folder"),
            Field("uuid", STRING, "Random identifier of the release (UUID version 4); depends on nothing in it"),
            Field("published_at", STRING, "UTC time, ISO"),
            Field("software_version", STRING, "Version of Jämlik"),
            Field("home_area", STRING, "The place shown first", pattern=f.AREA_CODE),
            Field("contains_synthetic", f.BOOLEAN, "True where any number is synthetic"),
            Field("indicators", INTEGER, "Indicators with at least one figure", at_least=0),
            Field("figures", f.BIGINT, "Observed figures", at_least=0),
        ),
        key=("release_id",),
    ),
)

CONTRACTS = {table.name: table for table in _CONTRACTS}
