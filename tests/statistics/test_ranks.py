"""Ranks among the municipalities: their order by polarity, and how sure they are, against probabilities by hand."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from pipelines.statistics.ranks import FIGURES_TO_DRAW, simulate_ranks
from tests.fixtures.follow_up_house import CONTRACTS, Row, areas, figure, fill, house, indicator, rows, run

TOWNS = [f"05{number:02d}" for number in range(1, 11)]


def simulated(good: list[float], se: list[float], draws: int = 20_000) -> list[Row]:
    codes = [f"{number:04d}" for number in range(len(good))]
    table = pa.table({"ranking_id": pa.array([1] * len(good), pa.int64()), "area_code": codes, "good": good, "se": se})
    return simulate_ranks(table, draws).to_pylist()


def test_two_places_change_order_as_often_as_their_difference_says() -> None:
    # the last fifth of five: one place. Three stand far ahead, so it is one of the two behind, 1 and 0, se 1 each: the
    # lower one with probability Φ(1 / √2)
    found = simulated([100.0, 90.0, 80.0, 1.0, 0.0], [1.0] * 5)
    p = stats.norm.cdf(1 / np.sqrt(2))
    assert found[4]["probability_worst_fifth"] == pytest.approx(p, abs=0.01)
    assert found[3]["probability_worst_fifth"] == pytest.approx(1 - p, abs=0.01)
    assert [row["probability_worst_fifth"] for row in found[:3]] == [0, 0, 0]
    assert [(row["rank_lower"], row["rank_upper"]) for row in found] == [(1, 1), (2, 2), (3, 3), (4, 5), (4, 5)]


def test_places_alike_are_anywhere() -> None:
    found = simulated([50.0] * 20, [1.0] * 20)
    for row in found:
        assert row["probability_worst_fifth"] == pytest.approx(0.2, abs=0.015)
        assert row["rank_lower"] == 1
        assert row["rank_upper"] == 20


def test_the_draws_depend_on_the_ranking_alone() -> None:
    random = np.random.default_rng(3)
    one = pa.table(
        {
            "ranking_id": pa.array([7] * 12, pa.int64()),
            "area_code": [f"{number:04d}" for number in range(12)],
            "good": random.normal(size=12),
            "se": random.uniform(0.1, 1, size=12),
        }
    )
    other = one.set_column(0, "ranking_id", pa.array([2] * 12, pa.int64()))
    shuffled = one.take(random.permutation(12))
    alone = simulate_ranks(one).to_pylist()
    both = simulate_ranks(pa.concat_tables([shuffled, other])).to_pylist()
    assert [row for row in both if row["ranking_id"] == 7] == alone
    assert simulate_ranks(one.slice(0, 0)).num_rows == 0


def _columns(table: str, given: list[Row]) -> list[Row]:
    known = {field.name for field in CONTRACTS[table].fields}
    return [{name: each for name, each in row.items() if name in known} for row in given]


def ranked(known: list[Row], figures: list[Row], not_compared: list[Row] | None = None) -> dict[tuple[str, str], Row]:
    connection = house(
        core__area=areas(*TOWNS),
        catalogue__not_compared=not_compared or [],
        mart__indicator=known,
        mart__indicator_value=figures,
        catalogue__indicator=_columns("catalogue.indicator", known),
        protect__cell=_columns("protect.cell", figures),
    )
    run(connection, "measure.rank_figure", "chance.smoothed", "measure.area_position")
    draws = simulate_ranks(connection.sql(FIGURES_TO_DRAW).to_arrow_table())
    fill(connection, "measure.rank_simulated", draws.to_pylist())
    run(connection, "mart.municipality_rank")
    return {(row["indicator_id"], row["area_code"]): row for row in rows(connection, "from mart.municipality_rank")}


@pytest.mark.parametrize(
    ("polarity", "target", "values", "best"),
    [
        ("higher_is_better", None, range(10), "0510"),
        ("lower_is_better", None, range(10), "0501"),
        ("none", None, range(10), "0501"),
        ("target", 4.2, range(10), "0505"),
    ],
)
def test_the_best_is_first(polarity: str, target: float | None, values: range, best: str) -> None:
    figures = [figure("x", 2022, float(v), area_code=c, se=0.5) for c, v in zip(TOWNS, values, strict=True)]
    found = ranked([indicator("x", polarity=polarity, target_value=target)], figures)
    assert [key[1] for key, row in found.items() if row["rank"] == 1] == [best]
    assert {row["rank_of"] for row in found.values()} == {10}
    assert found["x", best]["assessable"]
    assert found["x", best]["rank_lower"] == 1


def test_ties_share_the_better_place() -> None:
    figures = [figure("x", 2022, v, area_code=c) for c, v in zip(TOWNS, [9.0] * 3 + [8.0] * 7, strict=True)]
    found = ranked([indicator("x")], figures)
    assert sorted(row["rank"] for row in found.values()) == [1] * 3 + [4] * 7


def test_a_rank_without_errors_says_so() -> None:
    figures = [figure("x", 2022, float(k), area_code=c, se=0.5) for k, c in enumerate(TOWNS)]
    figures[3]["se"] = None
    for row in ranked([indicator("x")], figures).values():
        assert not row["assessable"]
        assert (row["rank_lower"], row["rank_upper"], row["probability_worst_fifth"]) == (None, None, None)


def test_a_year_in_which_few_answered_is_passed_over() -> None:
    figures = [figure("x", 2021, float(k), area_code=c) for k, c in enumerate(TOWNS)]
    figures += [figure("x", 2022, 1.0, area_code=c) for c in TOWNS[:4]]
    assert {row["period"] for row in ranked([indicator("x")], figures).values()} == {"2021"}
    figures += [figure("x", 2022, 1.0, area_code=TOWNS[4])]
    assert {row["period"] for row in ranked([indicator("x")], figures).values()} == {"2022"}


def test_what_cannot_be_compared_is_not_ranked() -> None:
    figures = [figure("x", 2022, float(k), area_code=c) for k, c in enumerate(TOWNS)]
    figures += [figure("y", 2022, float(k), area_code=c) for k, c in enumerate(TOWNS)]
    for row in figures[10:14]:
        row["reliability"] = "other_survey"
    figures[14]["reliability"] = "coarse_rounding"
    figures[15]["provenance"] = "synthetic"
    rule = {"indicator_id": "x", "dimension": "municipality", "reason_sv": "Distrikten är olika stora."}
    found = ranked([indicator("x"), indicator("y")], figures, [rule])
    assert {key[0] for key in found} == {"y"}
    assert {row["rank_of"] for row in found.values()} == {4}


def test_the_funnel_is_told_where_there_are_counts() -> None:
    # nine places with 50 of 100 and one with 90 of 100: far outside what chance gives round the common 54 %
    counts = [50.0] * 9 + [90.0]
    figures = [
        figure("x", 2022, v, area_code=c, numerator=v, denominator=100.0) for c, v in zip(TOWNS, counts, strict=True)
    ]
    found = ranked([indicator("x")], figures)
    assert found["x", TOWNS[9]]["funnel"] == "above_998"
    assert {found["x", code]["funnel"] for code in TOWNS[:9]} == {"inside"}
    without = ranked([indicator("x")], [{**row, "numerator": None} for row in figures])
    assert {row["funnel"] for row in without.values()} == {None}
