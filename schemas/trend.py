"""Contracts of the trends: the released `mart.trend` and the working tables `measure.trend_*` behind it.

Not here: how a trend is made (see `sql/measures/trend/` and docs/follow-up.md).
"""

from schemas import fields as f
from schemas.fields import BIGINT, BOOLEAN, DOUBLE, INTEGER, STRING, Field, Table, optional
from schemas.measures import stratum

TREND_MEASURES = ("value", "distance", "d", "r", "sii", "rii")
TREND_YEARS = (5, 10)
MOVEMENTS = ("rising", "falling", "no_certain_change", "not_assessable")
DIRECTIONS = ("improving", "worsening", "narrowing", "widening", "no_certain_change", "not_assessable")
TREND_REASONS = (
    "too_few_periods", "too_short_span", "break_in_series", "other_survey", "overlapping_periods", "groups_changed",
    "no_standard_error", "drift_unknown", "changed_sides", "current_prices",
)  # fmt: skip
trend_measure = Field(
    "measure",
    STRING,
    "What moves: value (the figure itself), distance (the value less the nation's), or a gap with its sign: d and sii "
    "absolute, r and rii relative (between the sexes: women less men, women over men)",
    one_of=TREND_MEASURES,
)
trend_years = Field(
    "trend_years",
    INTEGER,
    "5 or 10: the change from this many years before the indicator's last year. Where one of the two is told (screen, paper, "
    "page, status, goals, macros and views) it is ten, or five where ten cannot be judged",
    one_of=TREND_YEARS,
)
n_periods = Field(
    "n_periods",
    INTEGER,
    "Independent periods the trend rests on: comparable, of one survey, overlapping windows once",
    at_least=0,
)
series_id = Field("series_id", BIGINT, "Number of the series", at_least=1)
x = Field("x", DOUBLE, "Years: the middle of the period, from the indicator's last year")
y = Field("y", DOUBLE, "The figure or gap; a relative gap's natural logarithm")
turning_point = Field(
    "turning_point",
    DOUBLE,
    "Where better turns to worse: the target value, or no gap; null where there is none",
    nullable=True,
)
better_sign = Field("better_sign", INTEGER, "1 more is better, -1 less is; null without either", nullable=True)
wander = Field("wander", DOUBLE, "The part of a period's movement that stays; null where unknown", nullable=True)
level_step = Field(
    "level_step",
    DOUBLE,
    "Variance a year by which the nation's level wanders, on the scale of y squared",
    nullable=True,
)
spacing_years = Field("spacing_years", INTEGER, "Years from an independent period to the next", nullable=True)
# The working tables are held to columns and types; the patterns are held where the figures come from.
se = Field("se", DOUBLE, "Standard error, on the scale of y", nullable=True)
year = Field("year", INTEGER, "Last year of the period")
period = Field("period", STRING, "The period")
n_groups = Field("n_groups", INTEGER, "Groups that a gap is made of; null for a value", nullable=True)


def _direction(name: str, comment: str) -> Field:
    told = (
        "improving or worsening for a value or a distance, narrowing or widening for a gap; null without a better end"
    )
    return Field(name, STRING, f"{comment}: {told}", one_of=DIRECTIONS, nullable=True)


def _why(name: str, comment: str) -> Field:
    return Field(name, STRING, comment, one_of=TREND_REASONS, nullable=True)


_SERIES = (
    Field("indicator_id", STRING, "The indicator"),
    Field("area_code", STRING, "The area"),
    trend_measure,
    Field("dimension", STRING, "Social dimension"),
    Field("group_code", STRING, "Social group; null for a gap", nullable=True),
    stratum,
    Field("sex", STRING, "total, women or men"),
)
TREND = (
    f.indicator_id,
    f.area_code,
    trend_measure,
    f.dimension,
    optional(f.group_code),
    stratum,
    f.sex,
    trend_years,
    n_periods,
    optional(f.renamed(f.period, "first_period")),
    optional(f.renamed(f.period, "last_period")),
    Field("first_estimate", DOUBLE, "The figure or gap of the first period", nullable=True),
    Field("last_estimate", DOUBLE, "The figure or gap of the last period", nullable=True),
    Field("total_change", DOUBLE, "Last less first, in change_unit (per cent in all)", nullable=True),
    Field("total_change_lower", DOUBLE, "Lower end of its 95 % interval", nullable=True),
    Field("total_change_upper", DOUBLE, "Upper end of it", nullable=True),
    Field("change_p_value", DOUBLE, "Two-sided p of no change", nullable=True, at_least=0, at_most=1),
    Field(
        "change_q_value",
        DOUBLE,
        "The same with regard to all rows of the area and span (Benjamini–Hochberg); lists take change_q_value <= 0.05",
        nullable=True,
        at_least=0,
        at_most=1,
    ),
    Field(
        "changed", STRING, "Whether last and first differ by more than chance: a change that happened", one_of=MOVEMENTS
    ),
    _direction("changed_direction", "Its meaning"),
    Field(
        "change_verdict",
        STRING,
        "What lists, counts and headlines take: changed_direction (changed without a better end) where change_q_value <= "
        "0.05, else no_certain_change",
        one_of=sorted({*MOVEMENTS, *DIRECTIONS}),
    ),
    _why("change_reason", "Why changed or changed_direction is not assessable"),
    Field("change_per_year", DOUBLE, "Slope: change a year, in change_unit", nullable=True),
    Field("change_lower", DOUBLE, "Lower end of its 95 % interval, with the drift of the level in it", nullable=True),
    Field("change_upper", DOUBLE, "Upper end of it", nullable=True),
    Field(
        "change_unit",
        STRING,
        "indicator_unit (the indicator's own, or percentage points), or percent (a relative gap)",
        one_of=("indicator_unit", "percent"),
    ),
    Field("movement", STRING, "Whether it keeps rising or falling, beyond drift and chance", one_of=MOVEMENTS),
    _direction("direction", "Its meaning"),
    _why("reason", "Why movement or direction is not assessable"),
)
TREND_KEY = ("indicator_id", "area_code", "measure", "dimension", "group_code", "stratum", "sex", "trend_years")


_CONTRACTS = (
    Table(
        "measure.trend_figure",
        "Every figure and gap that a trend may rest on",
        (
            *_SERIES,
            period,
            Field("last_year", INTEGER, "The indicator's last year with a figure"),
            Field("start_year", INTEGER, "First year of the period"),
            year,
            x,
            y,
            Field("estimate", DOUBLE, "The figure or gap on its own scale"),
            se,
            wander,
            level_step,
            spacing_years,
            Field("comparable", BOOLEAN, "True where no break lies in or after the period"),
            Field("other_survey", BOOLEAN, "True where it comes from another survey than in the rest of the country"),
            n_groups,
            turning_point,
            better_sign,
        ),
    ),
    Table(
        "measure.trend_series",
        "The series and how many of their periods each objection leaves",
        (
            series_id,
            *_SERIES,
            Field("last_year", INTEGER, "The indicator's last year with a figure"),
            turning_point,
            better_sign,
            Field("other_survey", BOOLEAN, "True where its last comparable figure comes from another survey"),
            n_groups,
            *(
                Field(f"{name}_{years}", INTEGER, f"{comment}, {years} years", at_least=0)
                for years in (10, 5)
                for name, comment in (
                    ("n_seen", "Periods with a figure"),
                    ("n_comparable", "Of them since the last break"),
                    ("n_survey", "Of them of the last one's survey"),
                    ("n_groups_same", "Of them with as many groups as the last one"),
                )
            ),
        ),
        key=("series_id",),
    ),
    Table(
        "measure.trend_point",
        "The points each trend rests on",
        (
            series_id,
            period,
            year,
            x,
            y,
            Field("estimate", DOUBLE, "The figure or gap on its own scale"),
            se,
            wander,
            level_step,
            spacing_years,
        ),
        key=("series_id", "year"),
    ),
    Table(
        "measure.trend_slope",
        "Slopes over five and ten years",
        (
            series_id,
            trend_years,
            Field("n", INTEGER, "Points", at_least=3),
            *(
                Field(name, DOUBLE, f"{comment}, y a year")
                for name, comment in (
                    ("slope", "Slope"),
                    ("slope_lower", "Lower end of its 95 % interval"),
                    ("slope_upper", "Upper end"),
                )
            ),
        ),
        key=("series_id", "trend_years"),
    ),
    Table(
        "mart.trend",
        "How each figure and each gap has moved over five and ten years, with interval",
        TREND,
        key=TREND_KEY,
    ),
)

CONTRACTS = {table.name: table for table in _CONTRACTS}
