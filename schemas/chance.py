"""Contracts of `chance`: how sure a figure is, learned from how places move. Method: docs/chance.md."""

from schemas import fields as f
from schemas.catalogue import ERRORS_REFUSED, collection, error_refused, window_years
from schemas.fields import BOOLEAN, DOUBLE, INTEGER, STRING, Field, Table, optional

CHANCE_KINDS = ("sampling", "random_events", "year_to_year")
FIT_KINDS = ("year_to_year", "year_to_year_upper", "survey_pooled")
NO_ERROR_REASONS = ("too_few_periods", "persons_unknown", "no_movement", "error_not_proven", *ERRORS_REFUSED)
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
        "year_to_year; year_to_year_upper (two periods: one movement, tried on no other year); survey_pooled (learned from all "
        "surveys of its kind, whose error is larger than its own)",
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
    _count("held_out_cases", "Later movements that the error of earlier years was tried on"),
    _part("held_out_80", "Part of them inside its 80 % interval"),
    _part("held_out_95", "Part of them inside its 95 % interval"),
    _count("county_held_out_cases", "The same of counties"),
    _part("county_held_out_95", "Part of them inside the 95 % interval"),
    Field("assessable", BOOLEAN, "True where municipalities' figures get a standard error from it"),
    Field("county_assessable", BOOLEAN, "True where the counties' and the nation's do"),
    Field("reason", STRING, "Why not", one_of=NO_ERROR_REASONS, nullable=True),
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
