"""Contracts of the inequality measures: the working tables `measure.*` and the released `mart.inequality`.

The working tables are held to their columns, types and few rules; the released one also to its key and vocabulary.
Not here: how a measure is made (see `sql/measures/`), nor the template of WHO's tools (see `pipelines/statistics/heat.py`).
"""

from schemas import fields as f
from schemas.fields import BIGINT, BOOLEAN, DOUBLE, INTEGER, STRING, Field, Table, optional

MEASURES = (
    "d", "r", "sii", "rii", "sii_linear", "rii_linear", "aci", "rci", "bgv", "bgsd", "cov", "mdmu", "mdmw",
    "mdbu", "mdbw", "mdru", "mdrw", "idisu", "idisw", "theil", "mld", "par", "paf",
)  # fmt: skip
SIMULATED = ("bgsd", "cov", "mdmu", "mdmw", "mdbu", "mdbw", "mdru", "mdrw", "idisu", "idisw")
STATUSES = ("ok", "incomplete", "flagged", "refused")
CI_METHODS = (
    "normal", "log normal, delta", "normal, gap's own error", "log normal, gap's own error", "normal, groups' errors",
    "log normal, groups' errors", "normal, groups' errors, linear", "log normal, groups' errors, linear", "normal, HC1",
    "log normal, HC1", "normal, HC1, linear", "log normal, HC1, linear", "normal, regression", "normal, Ahn", "normal, delta",
    "normal, Walter", "simulation", "none",
)  # fmt: skip
FAMILIES = ("share", "rate", "mean")

group_id = Field("group_id", BIGINT, "Number of the comparison: one indicator, area, period and dimension", at_least=1)
subgroup = Field("subgroup", STRING, "The group, municipality or fifth compared with the others")
estimate = Field("estimate", DOUBLE, "The figure, on the indicator's scale; null where there is none", nullable=True)
# A measure may be below zero and so has a field of its own; on the measure's own scale.
measured = Field("estimate", DOUBLE, "The measure, in its own unit; null where it is refused", nullable=True)
population = Field("population", DOUBLE, "Persons (or households) that the estimate speaks of", nullable=True)
population_is_denominator = Field(
    "population_is_denominator", BOOLEAN, "True where the population is the figure's own denominator"
)
synthetic = Field("synthetic", BOOLEAN, "True where a number behind it is synthetic")
other_survey = Field("other_survey", BOOLEAN, "True where it comes from another survey than in the rest of the country")
favourable = Field("favourable", BOOLEAN, "True where more is better; null where no direction is", nullable=True)
scale = Field(
    "scale", DOUBLE, "What the share or rate is multiplied by; null for a mean, which has no bound", nullable=True
)
family = Field("family", STRING, "share, rate or mean: which model fits", one_of=FAMILIES)
ordered = Field("ordered", BOOLEAN, "True where the subgroups run from disadvantaged to advantaged")
subgroup_order = Field("subgroup_order", INTEGER, "1 = most disadvantaged; null where not ordered", nullable=True)
is_reference = Field("is_reference", BOOLEAN, "True for the subgroup that others are compared with")
stratum = Field("stratum", STRING, "What is held fixed: total, or dimension=group, joined by + where it is two")
index_year = Field("index_year", INTEGER, "Year of the deprivation index")
quintile = Field("quintile", INTEGER, "Fifth of deprivation, 1 = most deprived", at_least=1, at_most=5)
measure = Field("measure", STRING, "Which measure: d, r, sii … (WHO's names)", one_of=MEASURES)
se = Field("se", DOUBLE, "Standard error, on the scale that se_scale names", nullable=True)
se_scale = Field(
    "se_scale", STRING, "estimate, or log where se is that of the logarithm", one_of=("estimate", "log"), nullable=True
)
ci_lower = Field("ci_lower", DOUBLE, "Lower end of the 95 % interval, unit of the measure", nullable=True)
ci_upper = Field("ci_upper", DOUBLE, "Upper end of the 95 % interval, unit of the measure", nullable=True)
ci_method = Field("ci_method", STRING, "How the interval was made; none where there is none", one_of=CI_METHODS)
n_groups = Field("n_groups", INTEGER, "Subgroups with an estimate, which the measure is made of", at_least=0)
status = Field(
    "status", STRING, "ok, incomplete (a subgroup is missing), flagged (see reason) or refused", one_of=STATUSES
)
reason = Field(
    "reason", STRING, "Why it is refused, flagged, incomplete or without an interval, in words", nullable=True
)
place = Field("place", INTEGER, "Order to show the measures in", at_least=1, at_most=len(MEASURES))

# One measure of one comparison, as the measure models hand it on; status is null where nothing stands against it.
_LONG = (group_id, measure, measured, se, se_scale, ci_method, optional(status), reason)
_FIGURE = (estimate, se, population, population_is_denominator, synthetic, favourable, scale, family)
_KEY = (f.indicator_id, f.area_code, f.period, f.dimension, stratum, f.sex)

MEMBER = (
    group_id, subgroup, estimate, se, population, population_is_denominator, ordered, subgroup_order, is_reference,
    favourable, scale, family,
)  # fmt: skip
SIMULATION = (group_id, measure, ci_lower, ci_upper)
INEQUALITY_KEY = (*(each.name for each in _KEY), "measure")
INEQUALITY = (
    *_KEY,
    measure,
    measured,
    se,
    se_scale,
    ci_lower,
    ci_upper,
    ci_method,
    n_groups,
    Field(
        "worse_when", STRING,
        "Where more inequality lies: above_zero, above_one, below_zero, below_one; null without polarity",
        one_of=("above_zero", "above_one", "below_zero", "below_one"), nullable=True,
    ),
    Field(
        "certain", STRING, "yes or no: the groups differ beyond chance at 5 %; not_assessable where no figure has an interval",
        one_of=("yes", "no", "not_assessable"),
    ),
    status,
    reason,
    Field("provenance", STRING, "computed, or synthetic where a number behind it is", one_of=("computed", "synthetic")),
)  # fmt: skip


def _unit(name: str, comment: str) -> Field:
    """A number in the indicator's unit, which may be wanting."""
    return Field(name, DOUBLE, comment, nullable=True)


LIFE_TABLE = (
    f.area_code,
    f.period,
    f.sex,
    _unit("person_years", "Person-years"),
    _unit("deaths", "Deaths"),
    _unit("life_expectancy", "Years a newborn can expect, were mortality to stay as in the period"),
    _unit("se", "Its standard error, years"),
    _unit("ci_lower", "Lower end of its 95 % interval, years"),
    _unit("ci_upper", "Upper end, years"),
    Field("status", STRING, "ok or refused", one_of=("ok", "refused")),
    reason,
)
_CONTRACTS = (
    Table(
        "measure.figure",
        "Each released figure as the measures see it: polarity, scale and weight decided",
        (
            f.indicator_id,
            f.area_code,
            f.area_level,
            f.period,
            f.year,
            f.dimension,
            f.group_code,
            f.sex,
            other_survey,
            *_FIGURE,
        ),
    ),
    Table(
        "measure.deprivation_index",
        "Deprivation of the municipalities, year by year",
        (
            f.area_code,
            index_year,
            population,
            Field("deprivation", DOUBLE, "Mean of three z-scores; higher is more deprived", nullable=True),
        ),
        key=("area_code", "index_year"),
    ),
    Table(
        "measure.deprivation_quintile",
        "Municipalities in fifths of deprivation, within their county and the nation",
        (f.renamed(f.area_code, "unit_area"), f.area_code, index_year, quintile),
        key=("unit_area", "area_code", "index_year"),
    ),
    Table(
        "measure.deprivation_gradient",
        "Each indicator in each fifth of deprivation",
        (
            f.indicator_id,
            f.area_code,
            f.period,
            f.sex,
            quintile,
            index_year,
            estimate,
            se,
            population,
            synthetic,
            favourable,
            scale,
            family,
        ),
        key=("indicator_id", "area_code", "period", "sex", "quintile"),
    ),
    Table(
        "measure.candidate",
        "Every subgroup of every comparison, with the comparison's key",
        (*_KEY, subgroup, *_FIGURE, optional(index_year), ordered, subgroup_order, is_reference),
    ),
    Table(
        "measure.comparison",
        "The comparisons and their numbers",
        (group_id, *_KEY, synthetic, optional(index_year)),
        key=("group_id",),
    ),
    Table("measure.member", "Every subgroup of every comparison: the input of the measures", MEMBER),
    Table(
        "measure.gap_error",
        "The error of a gap between women and men, learned from the gap's own movements",
        (group_id, Field("se", DOUBLE, "Standard error, unit of the indicator", at_least=0)),
        key=("group_id",),
    ),
    Table(
        "measure.group_state",
        "What can be said of each comparison before any measure is made",
        (
            group_id,
            ordered,
            favourable,
            scale,
            family,
            population_is_denominator,
            Field("n_all", BIGINT, "Subgroups", at_least=1),
            Field("n", BIGINT, "Subgroups with an estimate", at_least=0),
            Field("n_missing", BIGINT, "Subgroups without one", at_least=0),
            population,
            Field("has_se", BOOLEAN, "True where every estimate has a standard error"),
            Field("mean", DOUBLE, "Population-weighted mean of the estimates", nullable=True),
            Field("y_min", DOUBLE, "Lowest estimate", nullable=True),
            Field("y_max", DOUBLE, "Highest estimate", nullable=True),
            Field("y_best", DOUBLE, "Best estimate", nullable=True),
            Field("any_negative", BOOLEAN, "True where an estimate is below zero", nullable=True),
            Field("n_reference", BIGINT, "Subgroups named the reference", at_least=0),
            Field("y_reference", DOUBLE, "The reference's estimate", nullable=True),
            Field("s_reference", DOUBLE, "Its standard error", nullable=True),
            Field("first_place", INTEGER, "Place of the most disadvantaged", nullable=True),
            Field("last_place", INTEGER, "Place of the most advantaged", nullable=True),
            Field("refused", STRING, "Why every measure is refused", nullable=True),
            Field("weight_refused", STRING, "Why measures that need persons are refused", nullable=True),
            Field("order_refused", STRING, "Why measures that need an order are refused", nullable=True),
            Field("lost_first", BOOLEAN, "True where the most disadvantaged has no estimate"),
            Field("lost_last", BOOLEAN, "True where the most advantaged has no estimate"),
            Field("q", DOUBLE, "Cochran's Q of whether the subgroups differ", nullable=True),
        ),
        key=("group_id",),
    ),
    Table(
        "measure.subgroup",
        "Subgroups with an estimate: share of the population, place on its rank, ratio to the mean",
        (
            group_id,
            subgroup,
            Field("y", DOUBLE, "Estimate"),
            Field("s", DOUBLE, "Standard error", nullable=True),
            population,
            is_reference,
            subgroup_order,
            Field("k", BIGINT, "Subgroups with an estimate", at_least=2),
            Field("mean", DOUBLE, "Population-weighted mean", nullable=True),
            scale,
            family,
            favourable,
            ordered,
            Field("y_best", DOUBLE, "Best estimate", nullable=True),
            Field("y_reference", DOUBLE, "The reference's estimate", nullable=True),
            Field("w", DOUBLE, "Share of the population", nullable=True, at_least=0, at_most=1),
            Field("rank", DOUBLE, "Mid-point rank, 0 = most disadvantaged", nullable=True, at_least=0, at_most=1),
            Field("r", DOUBLE, "Ratio to the mean, a zero as 1e-6", nullable=True),
        ),
    ),
    *(
        Table(f"measure.{name}", comment, _LONG)
        for name, comment in (
            ("pair", "Difference and ratio"),
            ("variance", "Between-group variance and its kin, Theil's index, mean log deviation"),
            ("deviation", "Mean differences from mean, best and reference; index of disparity"),
            ("attributable", "Population attributable risk and fraction"),
            ("linear", "Linear slope index and its ratio, concentration indices"),
            ("slope", "Slope index and relative index of inequality"),
        )
    ),
    *(
        Table(
            f"measure.{name}",
            comment,
            (
                group_id,
                Field("a", DOUBLE, "Linear predictor at the middle of the rank", nullable=True),
                Field("b", DOUBLE, "Its rise over the whole rank", nullable=True),
                Field("last_step", DOUBLE, "Length of the last Newton step", nullable=True),
            ),
            key=("group_id",),
        )
        for name, comment in (
            ("newton", "Fitted logistic and Poisson lines over the rank"),
            ("newton_far", "The same, those that had not settled taken on"),
        )
    ),
    Table(
        "measure.applicable",
        "Which measure applies to which comparison",
        (
            group_id,
            measure,
            place,
            n_groups,
            Field("incomplete", BOOLEAN, "True where a subgroup has no estimate"),
            Field("refused", STRING, "Why it is refused", nullable=True),
        ),
    ),
    Table("measure.simulated", "Simulated intervals", SIMULATION),
    Table(
        "measure.estimate",
        "Every measure of every comparison it applies to",
        (group_id, measure, place, measured, se, se_scale, ci_lower, ci_upper, ci_method, n_groups, status, reason),
    ),
    Table(
        "measure.area_position",
        "Where each municipality lies among all: its fifth, the funnel's limits, its figure drawn in where it is small",
        (
            f.indicator_id,
            f.area_code,
            f.period,
            f.sex,
            _unit("value", "The figure"),
            _unit("overall", "The figure of all municipalities taken together"),
            Field("quintile", INTEGER, "Fifth of the municipalities by value, 1 = lowest", at_least=1, at_most=5),
            *(
                _unit(f"funnel_{level}_{end}", f"Funnel limit, {level[:2]} %")
                for level in ("95", "998")
                for end in ("lower", "upper")
            ),
            Field(
                "overdispersion",
                DOUBLE,
                "How much more municipalities differ than by counts, as a variance",
                at_least=1,
            ),
            Field(
                "outside",
                STRING,
                "Which funnel limit it lies outside",
                one_of=("inside", "below_95", "above_95", "below_998", "above_998"),
            ),
            _unit("smoothed", "Empirical Bayes figure (Marshall 1991)"),
        ),
        key=("indicator_id", "area_code", "period", "sex"),
    ),
    Table(
        "measure.age_count",
        "Events and persons by age band",
        (
            f.indicator_id,
            f.area_code,
            f.period,
            f.sex,
            f.scale,
            f.age_lower,
            f.age_upper,
            _unit("events", "Events"),
            _unit("persons", "Persons"),
        ),
        key=("indicator_id", "area_code", "period", "sex", "age_lower"),
    ),
    Table(
        "measure.standardised",
        "Rates standardised for age, directly and indirectly",
        (
            f.indicator_id,
            f.area_code,
            f.period,
            f.sex,
            _unit("events", "Events"),
            _unit("persons", "Persons"),
            _unit("direct", "Rate standardised to ESP 2013"),
            _unit("direct_lower", "Lower end of its 95 % interval (Dobson)"),
            _unit("direct_upper", "Upper end"),
            Field("direct_reason", STRING, "Why there is no direct rate", nullable=True),
            _unit("expected", "Events had the area the nation's rates"),
            _unit("ratio", "Events over expected, 1 = as the nation"),
            _unit("ratio_lower", "Lower end of its 95 % interval (exact Poisson or Byar)"),
            _unit("ratio_upper", "Upper end"),
            _unit("indirect", "Indirectly standardised rate"),
            _unit("indirect_lower", "Lower end"),
            _unit("indirect_upper", "Upper end"),
        ),
        key=("indicator_id", "area_code", "period", "sex"),
    ),
    Table(
        "measure.life_expectancy",
        "Life expectancy at birth from abridged life tables",
        LIFE_TABLE,
        key=("area_code", "period", "sex"),
    ),
    Table(
        "mart.life_table",
        "Life expectancy at birth in the nation, worked out here from deaths and population by age",
        LIFE_TABLE,
        key=("area_code", "period", "sex"),
    ),
    Table(
        "mart.inequality",
        "Inequality between groups, and between areas: one row for each measure of each comparison",
        INEQUALITY,
        key=INEQUALITY_KEY,
    ),
)

CONTRACTS = {table.name: table for table in _CONTRACTS}
