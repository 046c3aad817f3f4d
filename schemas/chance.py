"""Contracts of `chance`: how sure a figure is, learned from how places move. Method: docs/chance.md."""

from schemas import fields as f
from schemas.catalogue import ERRORS_REFUSED, collection, error_refused, window_years
from schemas.fields import BOOLEAN, DOUBLE, INTEGER, STRING, Field, Table, optional

CHANCE_KINDS = ("sampling", "random_events", "year_to_year")
FIT_KINDS = ("year_to_year", "year_to_year_upper", "survey_pooled")
NO_ERROR_REASONS = (
    "too_few_periods", "persons_unknown", "no_movement", "error_not_proven", "not_tried", *ERRORS_REFUSED
)  # fmt: skip
TRIED_ON = ("own_years", "other_series")
chance_kind = Field(
    "chance_kind",
    STRING,
    "By what kind of chance the figure may differ: sampling (few were asked), random_events (few events), year_to_year "
    "(another year like this one, the nation's own movement apart); null without a standard error",
    one_of=CHANCE_KINDS,
    nullable=True,
)


def _part(name: str, comment: str) -> Field:
    return Field(name, DOUBLE, comment, at_least=0, at_most=1, nullable=True)


def _count(name: str, comment: str) -> Field:
    return Field(name, INTEGER, comment, at_least=0)


FIT = (
    f.indicator_id,
    Field(
        "series",
        STRING,
        "total (the whole population), sex (women and men, each) or gap (women less men)",
        one_of=("total", "sex", "gap"),
    ),
    Field("fitted_level", STRING, "Whose movements it is learned from", one_of=("municipality", "county")),
    Field(
        "kind",
        STRING,
        "year_to_year; year_to_year_upper (two periods: one movement, whose drift is in it as a whole); survey_pooled (learned "
        "from all surveys of its kind, whose error is larger than its own)",
        one_of=FIT_KINDS,
        nullable=True,
    ),
    optional(Field("from_year", INTEGER, "First year that it is learned from")),
    Field("to_year", INTEGER, "Last year that it is learned from"),
    Field("spacing_years", INTEGER, "Years from a period to the next that shares no year with it", at_least=1),
    _count("periods", "Such periods of the latest definition"),
    _count("pairs", "Movements of places that it is learned from"),
    Field(
        "alpha",
        DOUBLE,
        "se^2 = factor * swing * (alpha + beta / persons) + common: the part that does not shrink with size",
        nullable=True,
        at_least=0,
    ),
    Field("beta", DOUBLE, "The part that does", nullable=True, at_least=0),
    Field(
        "lent",
        DOUBLE,
        "What alpha and beta were made larger by, since errors learned from one movement of other series were short of that; "
        "null where the series has later years of its own to be tried on",
        nullable=True,
        at_least=1,
    ),
    _part("wander", "Of one period's movement, the part that stays: 0 all noise, 1 all drift"),
    Field(
        "common",
        DOUBLE,
        "Variance of what the places have in common beside the nation's level, unit of the value squared; part of se^2",
        nullable=True,
        at_least=0,
    ),
    Field(
        "level_step",
        DOUBLE,
        "Variance, a year, by which the nation's own level wanders about its steady movement, unit of the value squared; "
        "null below three movements",
        nullable=True,
        at_least=0,
    ),
    _part("rho", "Correlation of the movements of a county's municipalities"),
    Field(
        "held_out_by",
        STRING,
        "What the error was tried on: own_years, later years of its own that taught it nothing; other_series, the last movement "
        "of other series that were taught by one movement alone, as this one; null: on nothing, and then it is not given",
        one_of=TRIED_ON,
        nullable=True,
    ),
    _count("held_out_cases", "Movements that it was tried on"),
    _part("held_out_80", "Part of them inside its 80 % interval"),
    _part("held_out_95", "Part of them inside its 95 % interval"),
    Field(
        "county_alpha",
        DOUBLE,
        "alpha of the counties' own survey; null where their figures are sums",
        nullable=True,
        at_least=0,
    ),
    Field("county_beta", DOUBLE, "beta of the counties' own survey", nullable=True, at_least=0),
    Field(
        "county_height",
        DOUBLE,
        "A county's variance over that of its municipalities' persons together, from the counties' own figures: "
        "se^2 = county_height * ((1 - rho) * sum of w^2 s^2 + rho * (sum of w s)^2) + county_common",
        nullable=True,
        at_least=1,
    ),
    Field(
        "county_common",
        DOUBLE,
        "Variance of what the counties have in common beside the nation's level",
        nullable=True,
        at_least=0,
    ),
    Field(
        "county_held_out_by",
        STRING,
        "What the counties' error was tried on: own_years, their own figures' distances to the nation; sums, the sums of their "
        "municipalities' movements, where they have no figures of their own; other_series, other series' counties",
        one_of=("own_years", "sums", "other_series"),
        nullable=True,
    ),
    _count("county_held_out_cases", "Movements that it was tried on"),
    _part("county_held_out_95", "Part of them inside its 95 % interval"),
    Field("assessable", BOOLEAN, "True where municipalities' figures get a standard error from it"),
    Field("county_assessable", BOOLEAN, "True where the counties' and the nation's do"),
    Field("reason", STRING, "Why municipalities' do not", one_of=NO_ERROR_REASONS, nullable=True),
    Field("county_reason", STRING, "Why counties' and the nation's do not", one_of=NO_ERROR_REASONS, nullable=True),
)

_CONTRACTS = (
    Table(
        "chance.observed",
        "The public figures that an error can be learned from",
        (
            f.indicator_id,
            f.area_code,
            f.area_level,
            f.period,
            f.sex,
            f.year,
            Field("value", DOUBLE, "The figure"),
            Field("persons", DOUBLE, "Persons it speaks of", nullable=True, at_least=0),
            Field("counted_variance", DOUBLE, "What chance alone does to a counted figure", nullable=True, at_least=0),
            f.family,
            f.scale,
            window_years,
            collection,
            error_refused,
            Field("definition_start", f.BIGINT, "Definitions begun by the period's first year", at_least=0),
            Field("definition_end", f.BIGINT, "Definitions begun by its last year", at_least=0),
        ),
        key=("indicator_id", "area_code", "period", "sex"),
    ),
    Table("chance.fit", "What each indicator's errors are made of", FIT, key=("indicator_id", "series")),
    Table(
        "chance.error",
        "Every figure's standard error by how places move, and every gap's between women and men",
        (
            f.indicator_id,
            f.area_code,
            f.period,
            Field("sex", STRING, "total, women, men, or gap: women less men", one_of=(*f.SEXES, "gap")),
            Field("se", DOUBLE, "Standard error, unit of the value"),
            Field("swing", DOUBLE, "Variance of one person's worth of chance at that level, unit squared"),
            Field("factor", DOUBLE, "How much more than usual the place's figures move, as a variance", at_least=1),
        ),
        key=("indicator_id", "area_code", "period", "sex"),
    ),
    Table(
        "chance.smoothed",
        "Municipalities' shares and rates with events and persons: their error by counts, and drawn in where small",
        (
            f.indicator_id,
            f.area_code,
            f.period,
            f.sex,
            f.family,
            Field("scale", DOUBLE, "What the share or rate is multiplied by", at_least=1),
            Field("persons", DOUBLE, "Persons it speaks of", at_least=0),
            Field("figure", DOUBLE, "The share or rate, per person", at_least=0),
            Field("standardised", BOOLEAN, "True where it is not its numerator by its denominator"),
            Field("overall", DOUBLE, "That of all municipalities together, per person", at_least=0),
            Field("counted_variance", DOUBLE, "What chance alone does to it, per person squared", at_least=0),
            Field("smoothed", DOUBLE, "Empirical Bayes figure (Marshall 1991), unit of the value"),
        ),
        key=("indicator_id", "area_code", "period", "sex"),
    ),
    Table(
        "mart.chance",
        "How sure each indicator's figures are, and how well that was kept",
        FIT,
        key=("indicator_id", "series"),
    ),
)

CONTRACTS = {table.name: table for table in _CONTRACTS}
