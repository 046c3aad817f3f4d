"""Every column of the project, defined once: its type, its rule and what it means, with unit.

Belongs here: one `Field` per column name, and the small vocabulary of rules. Not here: which table has which
columns (see `sources.py`, `core.py`, `release.py`), and nothing that reads or writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow

if TYPE_CHECKING:  # Pandera and pandas take a second to load, and most commands need a contract but no frame
    import pandera.pandas as pa

STRING = pyarrow.string()
DOUBLE = pyarrow.float64()
INTEGER = pyarrow.int32()
BIGINT = pyarrow.int64()
BOOLEAN = pyarrow.bool_()
DATE = pyarrow.date32()

AREA_CODE = r"^(\d{2}|\d{4})$"
REGSO_CODE = r"^\d{4}R\d{3}_RegSO2025$"
MUNICIPALITY_CODE = r"^\d{4}$"
IDENTIFIER = r"^[a-z][a-z0-9_]*$"
PERIOD = r"^\d{4}(-(0[1-9]|1[0-2]))?(/\d{4}(-(0[1-9]|1[0-2]))?)?$"
FIRST_YEAR, LAST_YEAR = 1749, 2100  # Tabellverket began in 1749; nothing of ours can be older

SEXES = ("total", "women", "men")
AREA_LEVELS = ("nation", "county", "municipality")
STATUSES = (
    "observed",
    "missing",
    "not_applicable",
    "suppressed",
    "not_yet_published",
    "not_fetched",
    "no_source",
)
STATUS_REASONS = (
    "source_gave_none",
    "absent_at_source",
    "not_collected_this_year",
    "nonresponse",
    "not_available_at_source",
    "false_at_source",
    "withdrawn_at_source",
    "secrecy_at_source",
    "hidden_here",
    "withheld_here",
    "incomplete_group",
    "too_few_events",
    "no_population",
    "zero_denominator",
    "not_reported",
    "must_be_ordered",
)
PROVENANCES = ("published", "computed", "estimated", "self_reported", "synthetic")
POLARITIES = ("higher_is_better", "lower_is_better", "target", "none")
ROLES = ("determinant", "outcome", "process", "data_quality", "context")
RELIABILITIES = ("few_events", "partial_coverage", "coarse_rounding", "other_survey", "transcribed", "low_at_source")


@dataclass(frozen=True)
class Field:
    """One column: `name`, Arrow type, rules, whether it may be null, and a comment that goes out with every table."""

    name: str
    type: pyarrow.DataType
    comment: str
    nullable: bool = False
    one_of: Sequence[Any] | None = None
    pattern: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    may_be_blank: bool = False  # an empty text means something here; else it is what a missing value must not be

    @property
    def is_text_without_rule(self) -> bool:
        """Whether all that is asked of a text is that it is not blank."""
        return self.type == STRING and self.one_of is None and self.pattern is None and not self.may_be_blank

    def checks(self) -> "list[pa.Check]":
        """The rules as Pandera checks, each with a name that a person can read in a failure table."""
        import pandera.pandas as pa

        found = []
        if self.one_of is not None:
            found.append(pa.Check.isin(list(self.one_of), error=f"one of {', '.join(map(str, self.one_of))}"))
        if self.pattern is not None:
            found.append(pa.Check.str_matches(self.pattern, error=f"written as {self.pattern}"))
        if self.is_text_without_rule:
            found.append(pa.Check.str_contains(r"\S", error="a text that is not empty"))
        if self.at_least is not None:
            found.append(pa.Check.ge(self.at_least, error=f"at least {self.at_least:g}"))
        if self.at_most is not None:
            found.append(pa.Check.le(self.at_most, error=f"at most {self.at_most:g}"))
        return found

    def column(self) -> "pa.Column":
        """The Pandera column: exactly this Arrow type, so that INTEGER never passes for BIGINT."""
        import pandas as pd
        import pandera.pandas as pa

        return pa.Column(pd.ArrowDtype(self.type), checks=self.checks(), nullable=self.nullable)


@dataclass(frozen=True)
class Table:
    """A table's contract: `fields` in order, the `key` that no two rows share, and what it is."""

    name: str
    comment: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    must_be_empty: bool = False
    secret: bool = field(default=False, kw_only=True)

    def schema(self) -> "pa.DataFrameSchema":
        """The Pandera contract of any batch of rows: these columns and no others, in any order."""
        import pandera.pandas as pa

        return pa.DataFrameSchema({column.name: column.column() for column in self.fields}, strict=True, name=self.name)

    def arrow(self) -> pyarrow.Schema:
        """The columns as an Arrow schema."""
        return pyarrow.schema([(column.name, column.type) for column in self.fields])

    def column(self, name: str) -> Field:
        return next(each for each in self.fields if each.name == name)


def optional(known: Field) -> Field:
    """The same column where it may be null."""
    return replace(known, nullable=True)


def renamed(known: Field, name: str) -> Field:
    """The same kind of column under another name."""
    return replace(known, name=name)


def _code(name: str, comment: str, **rules: Any) -> Field:
    return Field(name, STRING, comment, **rules)


# Places, time and people.
area_code = _code("area_code", "SCB code: 00 the nation, two digits a county, four a municipality", pattern=AREA_CODE)
area_name = _code("area_name", "Swedish name: Motala, Östergötlands län, Riket")
area_level = _code("area_level", "nation, county or municipality", one_of=AREA_LEVELS)
municipality_code = _code("municipality_code", "SCB four-digit municipality code", pattern=MUNICIPALITY_CODE)
municipality = renamed(municipality_code, "municipality")
county_code = _code("county_code", "SCB two-digit county code; null for the nation", pattern=r"^\d{2}$", nullable=True)
year = Field(
    "year", INTEGER, "Calendar year; for a longer period the year it ends", at_least=FIRST_YEAR, at_most=LAST_YEAR
)
period = _code("period", "2022, 2022-09 or 2019/2022, both ends included", pattern=PERIOD)
period_start = Field("period_start", DATE, "First day of the period")
period_end = Field("period_end", DATE, "Last day of the period")
month = _code("month", "Calendar month, YYYY-MM", pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
sex = _code("sex", "total, women or men", one_of=SEXES)
age = Field("age", INTEGER, "Age in whole years; 100 means 100 and older", at_least=0, at_most=100)
age_lower = Field("age_lower", INTEGER, "Youngest age of the band, years", at_least=0, at_most=120)
age_upper = Field(
    "age_upper",
    INTEGER,
    "Oldest age of the band, years; null where the band is open",
    at_least=0,
    at_most=120,
    nullable=True,
)
dimension = _code(
    "dimension", "Social dimension that splits the population; a cross is joined by +", pattern=r"^[a-z_]+(\+[a-z_]+)?$"
)
group_code = _code(
    "group_code",
    "Social group within the dimension; for a cross its components joined by +",
    pattern=r"^[a-z0-9_\-]+(\+[a-z0-9_\-]+)?$",
)

# Figures.
value = Field(
    "value", DOUBLE, "The figure, in the indicator's unit; null wherever status is not observed", nullable=True
)
status = _code("status", "observed, or why there is no figure", one_of=STATUSES)
status_reason = _code(
    "status_reason", "Which kind of absence; null for an observed figure", one_of=STATUS_REASONS, nullable=True
)
symbol = _code(
    "status",
    "What stood in the cell where no number did, as published ('..', '<5', null); null where a number stood",
    nullable=True,
    may_be_blank=True,
)
persons = Field("persons", DOUBLE, "Number of persons", at_least=0)
numerator = Field(
    "numerator",
    DOUBLE,
    "Events or persons counted (for a standardised figure the crude count); null where only the quotient is published",
    at_least=0,
    nullable=True,
)
denominator = Field(
    "denominator", DOUBLE, "Persons (or other units) that the numerator is counted among", at_least=0, nullable=True
)
weight = Field(
    "weight",
    DOUBLE,
    "The population the value speaks of, persons or households; weighs areas and groups in the measures",
    at_least=0,
    nullable=True,
)
weight_basis = _code(
    "weight_basis",
    "What the weight is: denominator, the population (Kolada N01951) of that sex and year, or of its last known year",
    nullable=True,
    one_of=("denominator", "population_n01951", "population_earlier_year"),
)
se = Field("se", DOUBLE, "Standard error of value, same unit", at_least=0, nullable=True)
ci_lower = Field("ci_lower", DOUBLE, "Lower end of the 95 % interval, unit of the value", nullable=True)
ci_upper = Field("ci_upper", DOUBLE, "Upper end of the 95 % interval, unit of the value", nullable=True)
ci_method = _code(
    "ci_method",
    "How the interval was made: wilson, byar, dobson … from counts; year_to_year, year_to_year_upper (two periods) or "
    "survey_pooled from how places move; null where there is none",
    nullable=True,
)
provenance = _code(
    "provenance",
    "published, computed, estimated, self_reported (by the municipality about itself) or synthetic",
    one_of=PROVENANCES,
)
comparable = Field("comparable", BOOLEAN, "True where the figure follows the same definition as the latest year's")
break_before = Field(
    "break_before", BOOLEAN, "True where a break in the series lies between this period and the one before"
)
reliability = _code(
    "reliability",
    "A caution about the figure: few_events, partial_coverage, coarse_rounding, other_survey, transcribed (read off by hand), "
    "low_at_source (the publisher says that it is uncertain); null for none",
    one_of=RELIABILITIES,
    nullable=True,
)
source_ids = _code(
    "source_ids",
    "Source tables the figure rests on, joined by a comma and a space; null where its table is known but not fetched",
)

# The catalogue.
indicator_id = _code("indicator_id", "The indicator, English ASCII", pattern=IDENTIFIER)
title_sv = _code("title_sv", "Title in Swedish")
title_en = _code("title_en", "Title in English")
label_sv = _code("label_sv", "Label in Swedish")
label_en = _code("label_en", "Label in English")
recommendation = Field(
    "recommendation", INTEGER, "Recommendation 1–5 of Samling för social hållbarhet", at_least=1, at_most=5
)
unit = _code("unit", "Unit of the value: percent, per_100_000, years …", pattern=IDENTIFIER)
scale = Field(
    "scale", DOUBLE, "What a share or rate is multiplied by: 100, 1 000, 100 000; 1 for other units", at_least=0
)
family = _code(
    "family",
    "share, rate, mean, ratio, count or ordinal: which statistics make sense",
    one_of=("share", "rate", "mean", "ratio", "count", "ordinal"),
)
polarity = _code(
    "polarity", "Which direction is better: higher_is_better, lower_is_better, target or none", one_of=POLARITIES
)
kpi_id = _code("kpi_id", "Kolada key figure", pattern=r"^[NU]\d{5}$")
table_id = _code("table_id", "Source table, as named in the catalogue of sources", pattern=IDENTIFIER)
publisher = _code("publisher", "Who publishes the table")
licence = _code("licence", "Terms of use, as the publisher states them")
