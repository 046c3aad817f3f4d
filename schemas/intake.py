"""The forms that a municipality or a region fills in about itself: their columns, headings and rules.

Belongs here: what a form must look like, and what becomes of it as a table. Not here: reading files
(`pipelines/inbox/forms.py`), and what a figure is made of (`sql/`). What the forms are for stands in docs/intake.md.
"""

from dataclasses import dataclass

from schemas import fields as f
from schemas.fields import DOUBLE, INTEGER, STRING, Field, Table, optional

# How a cell is read: see pipelines/inbox/form_cells.py.
KINDS = ("area", "indicator", "measure", "group", "sex", "number", "whole", "year", "day", "yes_no", "text")
MEASURES = ("value", "d", "r")


@dataclass(frozen=True)
class Column:
    """One column of a form: its English and Swedish heading, how a cell is `kind` of, and whether it may be empty."""

    heading: str
    heading_sv: str
    kind: str
    required: bool = True
    at_least: float | None = None


@dataclass(frozen=True)
class AtMost:
    """A rule between columns: the sum of `parts` is never more than `whole`."""

    parts: tuple[str, ...]
    whole: str


@dataclass(frozen=True)
class Needs:
    """A rule between columns: where `part` is above zero, `whole` is too."""

    part: str
    whole: str


@dataclass(frozen=True)
class Form:
    """A form: `columns` as headed in the file, `table` as loaded, and the columns of which no two rows have the same.

    `by_year`: the figures speak of a year that has been; otherwise the year is one to come.
    """

    name: str
    title_sv: str
    columns: tuple[Column, ...]
    table: Table
    rules: tuple[AtMost | Needs, ...] = ()
    levels: tuple[str, ...] = ("municipality", "county")
    by_year: bool = True


_ORIGIN = (
    Field("note", STRING, "What the sender wanted to add", nullable=True),
    Field("file", STRING, "File of the inbox that the row stands in"),
    Field("line", INTEGER, "Its line there, the heading being line 1", at_least=2),
)
_reported_by = Field("reported_by", STRING, "Who has given the figure, or the document it stands in")

# What is common to every form that tells of a year that has been.
_AREA = Column("area", "område", "area")
_YEAR = Column("year", "år", "year")
_REPORTED = Column("reported_by", "uppgiftslämnare", "text")
_NOTE = Column("note", "anmärkning", "text", required=False)


def _whole(name: str, comment: str) -> Field:
    return Field(name, INTEGER, comment, at_least=0)


def _counts(name: str, *columns: tuple[str, str]) -> tuple[Column, ...]:
    return tuple(Column(heading, heading_sv, name, at_least=0) for heading, heading_sv in columns)


measure_of_goal = Field(
    "measure",
    STRING,
    "What the goal is about: value (the figure), d (a gap as a difference) or r (a gap as a ratio)",
    one_of=MEASURES,
)
goal_value = Field("target_value", DOUBLE, "The goal, in the unit of the figure or of the gap")
goal_year = Field("target_year", INTEGER, "The year by which it is to be reached", at_least=1900, at_most=f.LAST_YEAR)
decided_by = Field("decided_by", STRING, "Who decided the goal, and in which document")
decided_on = Field(
    "decided_on", STRING, "When it was decided: a year, a month or a day", pattern=r"^\d{4}(-\d{2}){0,2}$"
)

TARGETS = Form(
    name="targets",
    title_sv="Egna mål",
    columns=(
        Column("indicator", "indikator", "indicator"),
        _AREA,
        Column("measure", "mått", "measure", required=False),
        Column("group", "grupp", "group", required=False),
        Column("sex", "kön", "sex", required=False),
        Column("value", "värde", "number"),
        Column("year", "år", "year"),
        Column("decided_by", "beslutat_av", "text"),
        Column("decided_on", "beslutat_datum", "day"),
        _NOTE,
    ),
    table=Table(
        "intake_targets",
        "Goals that municipalities and regions have entered",
        (
            f.indicator_id,
            f.area_code,
            measure_of_goal,
            f.dimension,
            f.group_code,
            f.sex,
            goal_value,
            goal_year,
            decided_by,
            decided_on,
            *_ORIGIN,
        ),
        key=("indicator_id", "area_code", "measure", "dimension", "group_code", "sex", "target_year"),
    ),
    levels=("nation", "county", "municipality"),
    by_year=False,
)

_REPORTS = (
    Form(
        name="social_enterprises",
        title_sv="Arbetsintegrerande sociala företag",
        columns=(
            _AREA,
            _YEAR,
            *_counts("whole", ("enterprises", "företag"), ("participants", "deltagare")),
            _REPORTED,
            _NOTE,
        ),
        table=Table(
            "intake_social_enterprises",
            "Work-integrating social enterprises and those who work or train there, as reported",
            (
                f.area_code,
                f.year,
                _whole("enterprises", "Work-integrating social enterprises on 31 December"),
                _whole("participants", "Persons employed or in work training there on 31 December"),
                _reported_by,
                *_ORIGIN,
            ),
            key=("area_code", "year"),
        ),
        rules=(Needs("participants", "enterprises"),),
    ),
    Form(
        name="reserved_procurement",
        title_sv="Reserverad upphandling och sociala villkor",
        columns=(
            _AREA,
            _YEAR,
            *_counts(
                "whole",
                ("notices", "upphandlingar"),
                ("reserved", "reserverade"),
                ("social_clauses", "sociala_villkor"),
            ),
            _REPORTED,
            _NOTE,
        ),
        table=Table(
            "intake_reserved_procurement",
            "Advertised procurements, and those reserved or with social conditions, as reported",
            (
                f.area_code,
                f.year,
                _whole("notices", "Procurements advertised in the year"),
                _whole("reserved", "Of them reserved under the Public Procurement Act (LOU 2016:1145), 4 kap. 18 §"),
                _whole("social_clauses", "Of them with social conditions without being reserved"),
                _reported_by,
                *_ORIGIN,
            ),
            key=("area_code", "year"),
        ),
        rules=(AtMost(("reserved", "social_clauses"), "notices"),),
    ),
    Form(
        name="partnerships",
        title_sv="Idéburna offentliga partnerskap (IOP)",
        columns=(_AREA, _YEAR, *_counts("whole", ("agreements", "avtal")), _REPORTED, _NOTE),
        table=Table(
            "intake_partnerships",
            "Idea-driven public partnerships in force, as reported",
            (f.area_code, f.year, _whole("agreements", "Agreements in force on 31 December"), _reported_by, *_ORIGIN),
            key=("area_code", "year"),
        ),
    ),
    Form(
        name="governing_documents",
        title_sv="Jämlik hälsa i styrdokument",
        columns=(
            _AREA,
            _YEAR,
            Column("goal", "mål", "yes_no"),
            Column("indicator", "mått", "yes_no"),
            Column("responsible", "ansvarig", "yes_no"),
            _REPORTED,
            _NOTE,
        ),
        table=Table(
            "intake_governing_documents",
            "Whether budget or steering documents have a goal for equity in health, a measure of it and somebody "
            "responsible, as reported",
            (
                f.area_code,
                f.year,
                Field("goal", INTEGER, "1 where a goal for equity in health is decided, else 0", one_of=(0, 1)),
                Field("indicator", INTEGER, "1 where the goal is followed by a stated measure, else 0", one_of=(0, 1)),
                Field("responsible", INTEGER, "1 where somebody is named responsible, else 0", one_of=(0, 1)),
                _reported_by,
                *_ORIGIN,
            ),
            key=("area_code", "year"),
        ),
    ),
)

FORMS: dict[str, Form] = {form.name: form for form in (TARGETS, *_REPORTS)}

_REFUSED = (
    Field("file", STRING, "File of the inbox"),
    Field("line", INTEGER, "Line in the file, the heading being line 1; 0 where the whole file is meant", at_least=0),
    optional(Field("form", STRING, "Which form the file is", one_of=tuple(FORMS))),
    Field("sentence_sv", STRING, "What is wrong and what to do, in Swedish"),
    Field("sentence_en", STRING, "The same in English"),
)
_KEPT_OUT = "Rows and files of the inbox that were not loaded, each with the reason"
REFUSED = Table("source.intake_refused", _KEPT_OUT, _REFUSED, key=("file", "line"))
_CONTRACTS = (
    Table("core.intake_refused", _KEPT_OUT, _REFUSED, key=("file", "line")),
    Table("mart.intake_refused", _KEPT_OUT, _REFUSED, key=("file", "line")),
    Table("core.intake_target", TARGETS.table.comment, TARGETS.table.fields, key=TARGETS.table.key),
    Table(
        "core.self_reported",
        "What municipalities and regions have reported about themselves, one number a row",
        (
            Field("form", STRING, "The form it stands in", one_of=tuple(FORMS)),
            f.area_code,
            f.year,
            Field("item", STRING, "Which number of the form", pattern=f.IDENTIFIER),
            Field("amount", DOUBLE, "The number", at_least=0),
        ),
        key=("form", "area_code", "year", "item"),
    ),
)

TABLES = tuple(form.table for form in FORMS.values())
CONTRACTS = {table.name: table for table in _CONTRACTS}
