"""Contracts of the follow-up: comparisons with other places, ranks, coverage by place, the recommendations' state.

The released tables (`mart.*`) and the working tables behind them (`measure.*`). Not here: trends (see `trend.py`), and how
anything is made (see `sql/measures/`, `sql/marts/` and docs/follow-up.md).
"""

from schemas import fields as f
from schemas.chance import NO_ERROR_REASONS, chance_kind
from schemas.fields import BIGINT, BOOLEAN, DOUBLE, INTEGER, STRING, Field, Table, optional
from schemas.trend import se

COMPARATORS = ("nation", "county", "similar_overall", "similar_socioeconomy", "similar_labour_market", "skr_group")
POSITIONS = ("above", "below", "no_certain_difference", "not_assessable")
JUDGEMENTS = ("better", "worse", "no_certain_difference", "not_assessable")
VERDICTS = ("better", "worse", "above", "below", "no_certain_difference", "not_assessable")
BENCHMARK_REASONS = (
    "no_recent_figure", "no_comparator_figure", "no_standard_error", "other_survey", "not_compared", "coarse_rounding",
    *NO_ERROR_REASONS,
)  # fmt: skip
COVERAGE_REASONS = (
    "not_collected", "not_published_at_this_level", "suppressed_at_source", "suppressed_here", "too_few_years",
    "unknown_table", "not_fetched", "not_yet_published", "not_reported", "not_applicable", "false_at_source",
    "withdrawn_at_source", "unexplained_at_source", "only_synthetic", "must_be_ordered", "only_by_group",
)  # fmt: skip
SUMMARIES = ("favourable", "mixed", "concern", "no_certain_sign", "not_assessable")


def _reason(comment: str, words: tuple[str, ...]) -> Field:
    return Field("reason", STRING, comment, one_of=words, nullable=True)


def _count(name: str, comment: str) -> Field:
    return Field(name, INTEGER, comment, at_least=0)


def _number(name: str, comment: str) -> Field:
    return Field(name, DOUBLE, comment, nullable=True)


# ---- benchmark ----
comparator = Field(
    "comparator", STRING, "With what: the nation, the county, or a set of municipalities", one_of=COMPARATORS
)
BENCHMARK = (
    f.indicator_id,
    f.area_code,
    comparator,
    f.dimension,
    f.group_code,
    f.sex,
    optional(f.period),
    f.value,
    _number("comparator_value", "The same figure there, same period"),
    Field(
        "comparator_basis",
        STRING,
        "figure (as published or computed for that area), or weighted_mean / unweighted_mean of its municipalities",
        one_of=("figure", "weighted_mean", "unweighted_mean"),
        nullable=True,
    ),
    _count("comparator_areas", "Areas that the comparator's value is made of"),
    _number("difference", "value - comparator_value, unit of the value"),
    _number("difference_se", "Standard error of the difference"),
    _number("difference_lower", "Lower end of its 95 % interval"),
    _number("difference_upper", "Upper end of its 95 % interval"),
    Field("p_value", DOUBLE, "Two-sided p of no difference", nullable=True, at_least=0, at_most=1),
    Field(
        "q_value",
        DOUBLE,
        "The same with regard to all rows of this area and comparator (Benjamini–Hochberg); lists, counts and headlines "
        "take q_value <= 0.05",
        nullable=True,
        at_least=0,
        at_most=1,
    ),
    _number(
        "difference_in_spread",
        "The difference in standard deviations of the municipalities' figures: how large it is, not how certain",
    ),
    Field(
        "small",
        BOOLEAN,
        "True where the difference is below half a standard deviation of the municipalities' figures, certain or not; null "
        "where either is unknown",
        nullable=True,
    ),
    chance_kind,
    Field("position", STRING, "Whether the row's own 95 % interval leaves out no difference", one_of=POSITIONS),
    Field(
        "judgement",
        STRING,
        "The position's meaning by the indicator's polarity; null where it has none",
        one_of=JUDGEMENTS,
        nullable=True,
    ),
    _reason("Why it is not assessable", BENCHMARK_REASONS),
    Field(
        "verdict",
        STRING,
        "What lists, counts and headlines take: judgement (position without a better end) where q_value <= 0.05, else "
        "no_certain_difference",
        one_of=VERDICTS,
    ),
)

ranking_id = Field("ranking_id", BIGINT, "Number of the ranking: one indicator and sex", at_least=1)
_RANK_CERTAINTY = (
    Field("rank_lower", INTEGER, "Lower end of the rank's 95 % interval; null without standard errors", nullable=True),
    Field("rank_upper", INTEGER, "Upper end of it", nullable=True),
    Field(
        "probability_worst_fifth",
        DOUBLE,
        "Probability of being in the ranking's last fifth; null without standard errors",
        nullable=True,
        at_least=0,
        at_most=1,
    ),
)
MUNICIPALITY_RANK = (
    f.indicator_id,
    f.area_code,
    f.dimension,
    f.group_code,
    f.sex,
    f.period,
    f.value,
    Field("rank", INTEGER, "1 = best of the municipalities (without a better end: lowest value)", at_least=1),
    Field("rank_of", INTEGER, "Municipalities ranked", at_least=1),
    *_RANK_CERTAINTY,
    Field(
        "funnel",
        STRING,
        "Which funnel limit around all municipalities it lies outside; null where there are no counts",
        one_of=("inside", "below_95", "above_95", "below_998", "above_998"),
        nullable=True,
    ),
    Field("assessable", BOOLEAN, "True where the rank has an interval"),
)

# ---- coverage by place ----
coverage_reason = _reason("Why it is not measured, or cannot be followed", COVERAGE_REASONS)
timeliness_years = Field(
    "timeliness_years",
    DOUBLE,
    "Years from the end of the last period with a figure to the day the source was read; null where that day is unknown",
    nullable=True,
)
AREA_COVERAGE = (
    optional(f.indicator_id),
    optional(Field("catalogue_row_id", STRING, "A wanted measurement that no indicator answers", pattern=f.IDENTIFIER)),
    f.area_code,
    f.dimension,
    Field("measured", BOOLEAN, "True where the area has a figure"),
    optional(Field("first_year", INTEGER, "First year with a figure")),
    optional(Field("last_year", INTEGER, "Last year with a figure")),
    _count("periods", "Periods with a figure"),
    Field("measured_at", STRING, "Levels at which it is measured, joined by a comma and a space", nullable=True),
    coverage_reason,
    timeliness_years,
)

# ---- the recommendations ----
RECOMMENDATION_STATUS = (
    f.recommendation,
    f.area_code,
    f.year,
    _count("wanted", "Wanted measurements (catalogue_row) of the recommendation"),
    _count("wanted_with_figures", "Of them with a figure for this area"),
    _count("wanted_not_fetched", "Of them with a live source that is not in this release"),
    _count("wanted_must_be_ordered", "Of them with figures that the source delivers only on order"),
    _count("wanted_no_source", "Of them with no known source"),
    _count("indicators", "Indicators of the recommendation"),
    _count("indicators_measured", "Of them with a figure for this area"),
    _count("indicators_with_split", "Of them with a figure for at least two groups of a social dimension here"),
    *(
        _count(f"{word}_{against}", f"Indicators {label} than {place}")
        for against, place in (("nation", "the nation"), ("similar", "similar municipalities (overall)"))
        for word, label in (
            ("better", "better"),
            ("worse", "worse"),
            ("no_certain_difference", "not certainly better or worse"),
            ("not_assessable", "that cannot be told better or worse"),
        )
    ),
    *(
        _count(name, f"Indicators whose value {words} over ten years, or five where ten cannot be judged")
        for name, words in (
            ("improving", "improves"),
            ("worsening", "worsens"),
            ("no_certain_change", "does not certainly change"),
            ("change_not_assessable", "cannot be followed"),
        )
    ),
    *(
        _count(f"{kind}_gaps_{word}", f"{label} gaps that {words} over ten years, or five where ten cannot be judged")
        for kind, label in (("absolute", "Absolute"), ("relative", "Relative"))
        for word, words in (
            ("narrowing", "narrow"),
            ("widening", "widen"),
            ("no_certain_change", "do not certainly change"),
            ("not_assessable", "cannot be followed"),
        )
    ),
    *(
        _count(f"{origin}_targets{ending}", f"{label} {words}")
        for origin, label in (("own", "Goals that the place itself has set,"), ("national", "National goals,"))
        for ending, words in (
            ("", "in all"),
            ("_passed", "reached already"),
            ("_on_track", "reached in time at the present pace"),
            ("_on_track_certain", "reached in time at either end of the pace's interval"),
            ("_off_track", "not reached in time at the present pace"),
            ("_not_assessable", "that cannot be judged"),
        )
    ),
    Field("cells", BIGINT, "Cells of indicator_value", at_least=0),
    Field("cells_hidden", BIGINT, "Of them hidden here, by disclosure control", at_least=0),
    _number("timeliness_years", "Median age of the last figures, years, when the sources were read"),
    Field("level_summary", STRING, "Levels against the nation, and their change", one_of=SUMMARIES),
    Field("gap_summary", STRING, "Gaps, absolute and relative", one_of=SUMMARIES),
    Field("summary", STRING, "Both together: never better than the worse of the two", one_of=SUMMARIES),
    Field(
        "widening_in", STRING, "Indicators with a gap that widens by either measure, joined by a comma", nullable=True
    ),
    Field(
        "absolute_widening_in",
        STRING,
        "Of them those that widen as a difference (d or sii), joined alike",
        nullable=True,
    ),
    Field(
        "relative_widening_in", STRING, "Of them those that widen as a ratio (r or rii), joined alike", nullable=True
    ),
    _count("tests", "Levels against the nation, changes and gaps that could be judged, each fact once"),
    _count("signs", "Of them certain with regard to the number of tests (q <= 0.05)"),
    Field(
        "signs_by_chance",
        DOUBLE,
        "How many of so many tests would be certain by their own 95 % interval if nothing had happened: 0.05 * tests",
        at_least=0,
    ),
)

_CONTRACTS = (
    Table(
        "measure.comparator_member",
        "With which areas each area is compared",
        (f.area_code, comparator, f.renamed(f.area_code, "member_area_code")),
        key=("area_code", "comparator", "member_area_code"),
    ),
    Table(
        "measure.last_year",
        "The last year in which each indicator has a figure",
        (
            f.indicator_id,
            f.year,
            Field("month", INTEGER, "The month that its last period ends with", at_least=1, at_most=12),
        ),
        key=("indicator_id",),
    ),
    Table(
        "measure.benchmark_figure",
        "The figures that places are compared by",
        (
            f.indicator_id,
            f.area_code,
            f.area_level,
            f.dimension,
            f.group_code,
            f.sex,
            f.year,
            f.period,
            Field("value", DOUBLE, "The figure"),
            se,
            chance_kind,
            Field("learned", BOOLEAN, "True where the standard error was learned from how places move"),
            f.weight,
            Field("other_survey", BOOLEAN, "True where it comes from another survey than in the rest of the country"),
            Field(
                "basis",
                STRING,
                "figure, or the mean of its municipalities",
                one_of=("figure", "weighted_mean", "unweighted_mean"),
            ),
            Field("areas", INTEGER, "Areas it is made of", at_least=1),
        ),
    ),
    Table(
        "measure.rank_figure",
        "The figures that municipalities are ranked by",
        (
            ranking_id,
            f.indicator_id,
            f.area_code,
            f.dimension,
            f.group_code,
            f.sex,
            f.period,
            Field("value", DOUBLE, "The figure"),
            Field("good", DOUBLE, "What is ranked: the higher the better"),
            se,
        ),
        key=("ranking_id", "area_code"),
    ),
    Table(
        "measure.rank_simulated",
        "Simulated ranks",
        (ranking_id, f.area_code, *_RANK_CERTAINTY),
        key=("ranking_id", "area_code"),
    ),
    Table(
        "mart.benchmark",
        "Each area's latest figure against the nation, the county, similar municipalities and the SKR group",
        BENCHMARK,
        key=("indicator_id", "area_code", "comparator", "dimension", "group_code", "sex"),
    ),
    Table(
        "mart.municipality_rank",
        "Rank among the municipalities at each indicator's latest period, with its uncertainty; funnel status of counts",
        MUNICIPALITY_RANK,
        key=("indicator_id", "area_code", "dimension", "group_code", "sex"),
    ),
    Table(
        "mart.area_coverage",
        "For each place: what is measured of each indicator and dimension, and if not, why",
        AREA_COVERAGE,
        key=("indicator_id", "catalogue_row_id", "area_code", "dimension"),
    ),
    Table(
        "mart.recommendation_status",
        "Where each recommendation stands in each area: counts of unlike things side by side, never their mean",
        RECOMMENDATION_STATUS,
        key=("recommendation", "area_code", "year"),
    ),
)

CONTRACTS = {table.name: table for table in _CONTRACTS}
