"""Contracts of goals: what is aimed at, how far off it is, and whether the present pace reaches it.

Not here: the form on which a municipality enters its goals (`intake.py`), and how a goal is judged (`sql/`,
docs/targets.md).
"""

from schemas import fields as f
from schemas import intake
from schemas.fields import DOUBLE, INTEGER, STRING, Field, Table, optional
from schemas.trend import TREND_REASONS

ORIGINS = ("own", "national")
TARGET_STATUSES = ("passed", "on_track", "off_track", "not_assessable")
TARGET_REASONS = ("no_figure", "no_certain_gap", "within_chance", "no_certain_trend", "no_trend", *TREND_REASONS)


def _number(name: str, comment: str) -> Field:
    return Field(name, DOUBLE, comment, nullable=True)


def _year(name: str, comment: str) -> Field:
    return Field(name, INTEGER, comment, nullable=True, at_least=f.FIRST_YEAR, at_most=f.LAST_YEAR)


_origin = Field(
    "origin",
    STRING,
    "own: entered by the municipality or region; national: to close avoidable gaps within a generation (Government bill "
    "2017/18:249), that is by 2048",
    one_of=ORIGINS,
)
_group = Field(
    "group_code",
    STRING,
    "Social group that the goal is for; total for a gap, which is between all groups",
    pattern=r"^[a-z0-9_\-]+$",
)
_GOAL = (
    _origin,
    f.indicator_id,
    f.area_code,
    intake.measure_of_goal,
    f.dimension,
    _group,
    f.sex,
    intake.goal_value,
    intake.goal_year,
    optional(intake.decided_by),
    optional(intake.decided_on),
)
_STAND = (
    optional(f.renamed(f.period, "base_period")),
    _number("base_value", "The figure or gap when the goal was decided"),
    optional(f.renamed(f.period, "last_period")),
    _number("last_value", "The latest figure or gap"),
)
_KEY = ("origin", "indicator_id", "area_code", "measure", "dimension", "group_code", "sex", "target_year")

_CONTRACTS = (
    Table(
        "measure.goal",
        "Every goal beside the figure it was decided from and the latest one",
        (
            *_GOAL,
            optional(Field("note", STRING, "What the sender wanted to add")),
            optional(Field("file", STRING, "File of the inbox; null for the national goal")),
            optional(Field("line", INTEGER, "Its line there", at_least=2)),
            *_STAND,
            _year("base_year", "Year of the first"),
            _year("last_year", "Year of the latter"),
            _number("last_se", "Standard error of the latter; of a ratio on the scale of its logarithm"),
            Field("certain", STRING, "Whether the latest gap is beyond chance; null for a value", nullable=True),
            Field(
                "better_sign",
                INTEGER,
                "1 more is better, -1 less is, 0 nearer to the turning point is",
                one_of=(-1, 0, 1),
            ),
            _number("turning_point", "Where better turns to worse: no gap, or the indicator's target value"),
            Field("wrong_direction", f.BOOLEAN, "True where the goal is worse than the figure it was decided from"),
        ),
        key=_KEY,
    ),
    Table(
        "mart.target",
        "Goals, own and national: how far off, and whether the pace of the last years reaches them in time",
        (
            *_GOAL,
            optional(Field("note", STRING, "What the sender wanted to add")),
            *_STAND,
            _number(
                "distance",
                "What remains to the goal, unit of the figure or gap (a ratio: in the ratio); 0 or less is reached",
            ),
            _number("path_value", "Where a straight line from the base to the goal lies at the latest period"),
            Field(
                "pace_years",
                INTEGER,
                "How many years the pace is taken from: 10, or 5 where ten cannot be judged",
                nullable=True,
                one_of=(5, 10),
            ),
            _number("pace", "Change a year (mart.trend): unit of the figure; per cent for a ratio"),
            _number("pace_lower", "Lower end of its 95 % interval"),
            _number("pace_upper", "Upper end of its 95 % interval"),
            Field("lasts", f.BOOLEAN, "True where the number keeps moving the same way beyond drift and chance"),
            _number("pace_needed", "The change a year that would reach the goal in time, same unit"),
            _number("projected_value", "The figure or gap in the goal's year, were a lasting pace to go on"),
            _year(
                "reached_year",
                "Year the goal is reached at a lasting pace; null where there is none, it leads away, or not before 2101",
            ),
            _year("reached_year_lower", "Earliest year by the pace's interval"),
            _year("reached_year_upper", "Latest year by the pace's interval; null where it may never be"),
            Field(
                "status",
                STRING,
                "passed (certainly reached), on_track (at a lasting pace), off_track or not_assessable",
                one_of=TARGET_STATUSES,
            ),
            Field(
                "certain",
                STRING,
                "Whether chance leaves the status as it is: for on_track and off_track, both ends of the pace's interval",
                one_of=("yes", "no", "not_assessable"),
            ),
            optional(Field("reason", STRING, "Why it is not assessable", one_of=TARGET_REASONS)),
        ),
        key=_KEY,
    ),
)

CONTRACTS = {table.name: table for table in _CONTRACTS}
