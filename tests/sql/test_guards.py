"""Guards: what an indicator may not be split by, compared across or joined to, on the rules and on the catalogue.

Guards that block a trend are in test_trend, those that block a comparison with other places in test_benchmark, the
index of deprivation in test_measures_deprivation, repeated elections in test_figures.
"""

import pytest

from pipelines import settings
from pipelines.catalogue.entries import load
from pipelines.catalogue.tables import table
from pipelines.warehouse.contracts import audit
from pipelines.warehouse.models import read_models
from schemas.registry import model_contract
from tests.fixtures.follow_up_house import CONTRACTS, Row, areas, figure, fill, house, indicator, rows, run

INDICATORS = load("indicators.yaml")["indicators"]
ROWS = {row["catalogue_row_id"]: row for row in table("catalogue.catalogue_row").to_pylist()}


# ---- circularity ----


@pytest.fixture(scope="module")
def circular() -> set[tuple[str, str]]:
    return {(row["indicator_id"], row["dimension"]) for row in table("catalogue.circular_with").to_pylist()}


@pytest.mark.parametrize(
    ("name", "dimension"),
    [
        ("high_education_25_64", "education"),
        ("children_parents_low_education", "education"),
        ("persistent_low_economic_standard", "income_quintile"),
        ("child_poverty_relative", "income_quintile"),
        ("gini_disposable_income", "income_quintile"),
        ("council_foreign_born_share", "country_of_birth"),
        ("employed_refugees", "country_of_birth"),
        ("low_education_native_20_40", "country_of_birth"),
        ("council_sex_balance", "sex"),
        ("parental_leave_men", "sex"),
        ("social_assistance_18_24", "area_type"),
        ("low_economic_standard_20_64", "area_type"),
        ("long_term_unemployed_25_65", "area_type"),
        ("low_education_25_64", "area_type"),
        ("low_education_25_64", "deprivation_quintile"),
        ("child_poverty_relative", "deprivation_quintile"),
        ("low_income_18_64", "deprivation_quintile"),
        ("youth_unemployment_16_24", "deprivation_quintile"),
        ("high_education_25_64", "deprivation_quintile"),
        ("persistent_low_economic_standard", "deprivation_quintile"),
        ("long_term_unemployed_25_65", "deprivation_quintile"),
    ],
)
def test_nothing_is_split_by_what_it_is_made_of(circular: set, name: str, dimension: str) -> None:
    assert name in INDICATORS
    assert (name, dimension) in circular


@pytest.mark.parametrize(
    ("name", "dimension"),
    [
        ("riksdag_turnout", "education"),
        ("municipal_turnout", "income_quintile"),
        ("employment_rate_20_64", "country_of_birth"),
        ("low_education_25_64", "sex"),
        ("self_rated_health_good", "area_type"),
        ("employment_rate_20_64", "deprivation_quintile"),
        ("median_net_income_20_plus", "deprivation_quintile"),
        ("refugees_low_education", "deprivation_quintile"),
        ("social_assistance_any", "deprivation_quintile"),
        ("social_assistance_reason_unemployed", "deprivation_quintile"),
    ],
)
def test_what_is_no_circle_stays(circular: set, name: str, dimension: str) -> None:
    assert name in INDICATORS
    assert (name, dimension) not in circular


def split(name: str, dimension: str, *codes: str) -> list[Row]:
    return [figure(name, 2022, 50.0, dimension=dimension, group_code=code) for code in codes]


def contrasts(figures: list[Row], not_compared: list[Row], circular: list[Row]) -> set[tuple[str, str]]:
    """Indicator and dimension of every subgroup that a measure may be made of."""
    names = sorted({row["indicator_id"] for row in figures})
    groups = [
        {"dimension": dimension, "group_code": code, "sort_order": 1, "ordered": False, "is_reference": False}
        for dimension, code in sorted({(row["dimension"], row["group_code"]) for row in figures})
    ]
    blank = {"label_sv": "x", "label_en": "x", "dimension_sv": "x", "dimension_en": "x"}
    connection = house(
        core__area=areas("0501"),
        core__social_group=[{**blank, **group} for group in groups],
        catalogue__not_compared=not_compared,
        catalogue__circular_with=circular,
        mart__indicator=[indicator(name) for name in names],
        mart__indicator_value=figures,
    )
    run(connection, "measure.figure", "measure.candidate")
    return {(row["indicator_id"], row["dimension"]) for row in rows(connection, "from measure.candidate")}


def test_no_measure_is_made_of_a_circular_split_or_of_what_the_catalogue_excludes() -> None:
    figures = [
        *split("low_education_25_64", "education", "primary", "tertiary"),
        *split("low_education_25_64", "tenure", "owned", "rented"),
        *split("good_health", "education", "primary", "tertiary"),
        *split("persistent", "country_of_birth", "native", "foreign"),
        *split("persistent", "education", "primary", "tertiary"),
    ]
    excluded = {"indicator_id": "persistent", "dimension": "country_of_birth", "reason_sv": "Nyinvandrade saknas."}
    circle = {"indicator_id": "low_education_25_64", "dimension": "education"}
    assert contrasts(figures, [excluded], [circle]) == {
        ("low_education_25_64", "tenure"),
        ("good_health", "education"),
        ("persistent", "education"),
    }


def test_a_name_alone_drops_no_gap() -> None:
    """What an indicator is made of stands in the catalogue only: "alternative" holds "native", "outcomes" no income."""
    figures = [
        *split("alternative_care", "country_of_birth", "native", "foreign"),
        *split("outcomes_of_care", "income_quintile", "quintile_1", "quintile_5"),
        *split("health_education_hours", "education", "primary", "tertiary"),
    ]
    assert contrasts(figures, [], []) == {
        ("alternative_care", "country_of_birth"),
        ("outcomes_of_care", "income_quintile"),
        ("health_education_hours", "education"),
    }


def test_what_an_indicator_is_made_of_is_released_beside_it() -> None:
    released = {row["indicator_id"]: row["circular_with"] for row in table("catalogue.indicator").to_pylist()}
    assert released["low_education_25_64"] == "education, area_type, deprivation_quintile"
    assert released["riksdag_turnout"] is None


# ---- selection ----


@pytest.mark.parametrize("name", ["persistent_low_economic_standard", "persistent_low_income_standard"])
def test_four_years_residence_is_told_and_birth_not_compared(name: str) -> None:
    entry = INDICATORS[name]
    assert "fyra år" in entry["selection_sv"]
    assert {each["dimension"] for each in entry["not_compared"]} == {"country_of_birth", "length_of_stay"}


@pytest.mark.parametrize(
    "name",
    [
        "low_education_native_20_40",
        "national_test_math_year3",
        "eligible_upper_secondary",
        "gymnasium_degree_within_4_years",
        "overcrowding_norm2",
        "safe_at_school_year5",
    ],
)
def test_who_is_left_out_is_told(name: str) -> None:
    assert INDICATORS[name]["selection_sv"]


def test_the_guards_are_flags_that_a_reader_sees() -> None:
    connection = house(
        catalogue__not_compared=[
            {"indicator_id": "x", "dimension": "sex", "reason_sv": "Gränserna är olika."},
            {"indicator_id": "x", "dimension": "municipality", "reason_sv": "Distrikten är olika stora."},
        ],
        catalogue__circular_with=[{"indicator_id": "low_education_25_64", "dimension": "education"}],
        mart__indicator=[
            indicator("x", window_years=4, selection_sv="Bara svenskfödda är med."),
            indicator("low_education_25_64"),
            indicator("plain"),
        ],
        mart__indicator_value=[
            figure("x", "2019/2022", 5.0),
            figure("low_education_25_64", 2022, 5.0, dimension="education", group_code="primary"),
            figure("plain", 2022, 5.0),
        ],
    )
    run(connection, "mart.quality_flag")
    found = {(row["indicator_id"], row["flag"]): row for row in rows(connection, "from mart.quality_flag")}
    assert set(found) == {
        ("x", "overlapping_periods"),
        ("x", "selected_population"),
        ("x", "not_compared"),
        ("low_education_25_64", "circular_split"),
    }
    assert found["x", "selected_population"]["text_sv"] == "Bara svenskfödda är med."
    assert found["x", "not_compared"]["text_sv"] == "Distrikten är olika stora. Gränserna är olika."
    assert {row["rows"] for row in found.values()} == {1}


# ---- a margin is no cross; a share above its scale ----


def impossible(figures: list[Row], **stated: object) -> list[str]:
    connection = house(core__area=areas("0501", "0502", "0503"))
    groups = sorted({(row["dimension"], row["group_code"]) for row in figures})
    blank = {"label_sv": "x", "label_en": "x", "dimension_sv": "x", "dimension_en": "x", "sort_order": 1}
    fill(
        connection,
        "core.social_group",
        [{**blank, "ordered": False, "is_reference": False, "dimension": d, "group_code": g} for d, g in groups],
    )
    fill(connection, "catalogue.indicator", [indicator("x", **stated)])
    own = {field.name for field in CONTRACTS["indicator.everything"].fields}
    fill(connection, "indicator.everything", [{k: v for k, v in row.items() if k in own} for row in figures])
    sql = (settings.SQL / "core" / "impossible_cell.sql").read_text(encoding="utf-8")
    return sorted({row["rule"] for row in rows(connection, sql)})


def cross(value_of: dict[tuple[str, str], float]) -> list[Row]:
    return [
        figure("x", 2022, value, area_code=code, dimension="country_of_birth+education", group_code=f"{birth}+{school}")
        for code in ("0501", "0502", "0503")
        for (birth, school), value in value_of.items()
    ]


BIRTHS, SCHOOLS = ("foreign", "native"), ("primary", "secondary", "tertiary")


def test_a_margin_presented_as_a_cross_is_refused() -> None:
    by_birth = {(b, s): 10.0 * (1 + BIRTHS.index(b)) for b in BIRTHS for s in SCHOOLS}
    by_school = {(b, s): 10.0 * (1 + SCHOOLS.index(s)) for b in BIRTHS for s in SCHOOLS}
    for margin in (by_birth, by_school):
        assert impossible(cross(margin)) == [
            "a margin is presented as a cross: its figures vary with one of the two dimensions only"
        ]


def test_a_cross_that_is_one_stands() -> None:
    real = {(b, s): 10.0 * (1 + BIRTHS.index(b)) + SCHOOLS.index(s) for b in BIRTHS for s in SCHOOLS}
    assert impossible(cross(real)) == []
    nothing = dict.fromkeys(real, 0.0)
    assert impossible(cross(nothing)) == []  # none anywhere is a figure like any other


def test_a_figure_names_its_source_tables() -> None:
    assert impossible([figure("x", 2022, 50.0, source_ids=None)]) == ["a figure names the source tables it rests on"]
    assert impossible([figure("x", 2022, None, source_ids=None, status="not_fetched")]) == []


def test_a_share_may_exceed_its_scale_only_where_the_catalogue_says_so() -> None:
    figures = [figure("x", 2022, 104.0)]
    assert impossible(figures) == ["a share lies between 0 and its scale"]
    assert impossible(figures, may_exceed_scale=True) == []
    assert impossible([figure("x", 2022, -1.0)], may_exceed_scale=True) == ["a share lies between 0 and its scale"]
    assert [name for name, entry in INDICATORS.items() if entry.get("may_exceed_scale")] == ["preschool_enrolment_1_5"]


# ---- deaths ----


def test_no_more_are_counted_than_there_are() -> None:
    rule = ["more events or persons are counted than there are to count among"]
    above = figure("x", 2022, 90.0, numerator=11.0, denominator=10.0)
    assert impossible([above]) == rule
    assert impossible([above], family="rate", scale=100_000.0) == rule
    assert impossible([above], may_exceed_scale=True) == []
    assert impossible([above], family="ratio") == []  # a dependency ratio compares two counts
    assert impossible([figure("x", 2022, 100.0, numerator=10.0, denominator=10.0)]) == []


@pytest.mark.parametrize(
    ("deaths", "persons", "said"),
    [(5.0, 1000.0, ""), (-1.0, 1000.0, "numerator must be at least 0"), (5.0, -3.0, "denominator must be at least 0")],
)
def test_fewer_deaths_or_residents_than_none_are_refused(deaths: float, persons: float, said: str) -> None:
    landed = {"area_code": "0501", "year": 2022, "sex": "total", "status": "observed", "other_survey": False}
    connection = house(
        core__kolada_value=[
            {**landed, "kpi_id": "N01805", "value": deaths},
            {**landed, "kpi_id": "N01951", "value": persons},
        ]
    )
    connection.execute(f"create table indicator.crude_mortality as {read_models()['indicator.crude_mortality'].sql}")
    contract = model_contract("indicator.crude_mortality")
    assert contract is not None
    verdict = audit(connection, contract)
    assert said in verdict.sentence
    assert verdict.passed == (not said)
    assert verdict.passed or "area_code 0501" in verdict.sentence


# ---- the catalogue ----


def test_all_117_wanted_measurements_are_there_with_a_state_and_a_reason() -> None:
    assert len(ROWS) == 117
    for name, row in ROWS.items():
        assert row["reason_sv"], name
        assert row["definition_sv"], name
        assert row["title_sv"], name
        assert row["title_en"], name
        assert row["missing_sv"] or row["state"] != "no_source", name
    # nothing is called not yet published but what the source itself has not published
    assert [name for name, row in ROWS.items() if row["state"] == "not_yet_published"] == [
        "social_sustainability_index"
    ]


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("council_foreign_born_balance", 1),
        ("employees_foreign_born_balance", 1),
        ("council_women_share", 50),
        ("parental_leave_men", 50),
    ],
)
def test_four_rows_without_a_better_end_have_a_target(name: str, target: float) -> None:
    assert (ROWS[name]["polarity"], ROWS[name]["target_value"]) == ("target", target)


def test_each_row_belongs_to_a_recommendation_and_all_five_have_rows() -> None:
    counts = [sum(row["recommendation"] == number for row in ROWS.values()) for number in range(1, 6)]
    assert counts == [19, 20, 26, 29, 23]


def test_an_ordinal_answer_is_never_counted_as_a_number() -> None:
    assert "medelvärdesbildas" in ROWS["housing_shortage_youth"]["reason_sv"]
    figures = [figure("x", 2022, 2.0, area_code=code) for code in ("0501", "0502")]
    connection = house(mart__indicator=[indicator("x", family="ordinal")], mart__indicator_value=figures)
    working = ("figure", "last_year", "trend_figure", "benchmark_figure", "rank_figure")
    run(connection, *(f"measure.{name}" for name in working))
    assert [row["year"] for row in rows(connection, "from measure.last_year")] == [2022]
    for name in ("figure", "trend_figure", "benchmark_figure", "rank_figure"):
        assert rows(connection, f"from measure.{name}") == []


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("life_expectancy", 5),
        ("premature_mortality_25_64", 5),
        ("self_rated_health_good", 4),
        ("low_trust_in_others", 4),
        ("financial_crisis_self_reported", 4),
        ("fall_injuries_80_plus", 3),
        ("employment_rate_20_64", 1),
    ],
)
def test_a_figure_of_several_years_is_known_as_one(name: str, years: int) -> None:
    assert INDICATORS[name]["period"]["window_years"] == years


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("eligible_upper_secondary", 2011),
        ("gymnasium_degree_within_4_years", 2021),
        ("long_term_unemployed_25_65", 2023),
        ("social_assistance_long_term_adults", 2017),
        ("overweight_obesity", 2020),
        ("employment_rate_20_64_rams", 2019),
    ],
)
def test_the_breaks_of_the_notes_are_breaks(name: str, year: int) -> None:
    breaks = {row["indicator_id"]: set() for row in table("catalogue.indicator_break").to_pylist()}
    for row in table("catalogue.indicator_break").to_pylist():
        breaks[row["indicator_id"]].add(row["year"])
    assert year in breaks[name]


def test_employment_of_two_statistics_is_two_indicators() -> None:
    def series(name: str) -> set[str]:
        return {each["kpi"] for each in INDICATORS[name]["kolada"]}

    assert not series("employment_rate_20_64") & series("employment_rate_20_64_rams")
    assert "N02267" in series("employment_rate_20_64")


def test_the_contradicted_key_figures_are_not_used() -> None:
    used = {each["kpi"] for entry in INDICATORS.values() for each in entry.get("kolada") or []}
    assert not {"N07609", "N00372"} & used
    not_used = load("kolada_not_used.yaml")["kolada_not_used"]
    assert "riktningen" in not_used["N07609"]["reason_sv"]


def test_what_a_municipality_says_of_itself_is_marked() -> None:
    assert INDICATORS["labour_market_programme_outcome"]["provenance"] == "self_reported"
