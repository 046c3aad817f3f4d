"""The ecological gradient: the deprivation index, its fifths, and every indicator's gradient but the index's own."""

import duckdb
import numpy as np
import pytest

from pipelines.warehouse.models import read_models
from tests.fixtures.measures_house import COUNTY, rows


def test_the_deprivation_index_is_the_mean_of_three_weighted_z_scores(
    country: duckdb.DuckDBPyConnection,
) -> None:
    table = country.execute(
        "select area_code, max(case when indicator_id = 'persistent_low_economic_standard' then value end),"
        " max(case when indicator_id = 'low_education_25_64' then value end),"
        " max(case when indicator_id = 'long_term_unemployed_25_65' then value end),"
        " max(case when indicator_id = 'persistent_low_economic_standard' then weight end)"
        " from mart.indicator_value where dimension = 'total' and area_level = 'municipality' and year = 2022"
        " group by all order by 1"
    ).fetchall()
    whole = [row for row in table if None not in row]
    parts, n = np.array([row[1:4] for row in whole]), np.array([row[4] for row in whole])
    mean = n @ parts / n.sum()
    z = (parts - mean) / np.sqrt(n @ (parts - mean) ** 2 / n.sum())
    found = dict(
        country.execute(
            "select area_code, deprivation from measure.deprivation_index where index_year = 2022"
        ).fetchall()
    )
    assert found.keys() == {row[0] for row in whole}
    assert len(found) >= 10
    for (area, *_), wanted in zip(whole, z.mean(axis=1), strict=True):
        assert found[area] == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_fifths_hold_a_fifth_of_the_population_each_the_most_deprived_first(
    country: duckdb.DuckDBPyConnection,
) -> None:
    units = country.execute(
        "select q.quintile, d.deprivation, d.population from measure.deprivation_quintile q join"
        " measure.deprivation_index d"
        " on d.area_code = q.area_code and d.index_year = q.index_year where q.unit_area = '05' and q.index_year = 2022"
        " order by d.deprivation desc"
    ).fetchall()
    below, total = 0.0, sum(row[2] for row in units)
    for quintile, _, population in units:
        assert quintile == int(5 * (below + population / 2) / total) + 1
        below += population
    assert units[0][0] == 1
    assert units[-1][0] == 5


def test_every_indicator_has_a_gradient_but_the_index_own(country: duckdb.DuckDBPyConnection) -> None:
    found = rows(country, "dimension = 'deprivation_quintile'")
    assert {key[0] for key in found} == {"good_health", "deaths", "income", "age_mean", "council"}
    assert {key[1] for key in found} == {"00", COUNTY}
    assert {key[4] for key in found} == {"sii", "rii", "paf"}
    for key, row in found.items():
        assert row["reason"].startswith(f"between areas, not between persons; deprivation in {key[2]}")


def test_a_gradient_is_made_of_the_municipalities_weighted_means(country: duckdb.DuckDBPyConnection) -> None:
    figures = country.execute(
        "select q.quintile, sum(v.value * v.weight) / sum(v.weight), sum(v.weight) from measure.deprivation_quintile q"
        " join mart.indicator_value v on v.area_code = q.area_code and v.year = q.index_year where q.unit_area = '05'"
        " and q.index_year = 2022 and v.indicator_id = 'income' and v.dimension = 'total' and v.value is not"
        " null group by 1 order by 1"
    ).fetchall()
    _, y, n = np.array(figures).T
    share = n / n.sum()
    t = np.cumsum(share) - share / 2 - 0.5
    slope = (share * t) @ y / ((share * t) @ t)
    row = rows(country, "dimension = 'deprivation_quintile'")["income", COUNTY, "2022", "total", "sii"]
    assert row["estimate"] == pytest.approx(slope, rel=1e-9)
    assert row["worse_when"] == "above_zero"  # more is better, and quintile 5, the least deprived, is the top


def test_fewer_than_ten_municipalities_have_no_fifths(country: duckdb.DuckDBPyConnection) -> None:
    with country.cursor() as con:
        con.execute("create temp table few as select * from measure.deprivation_index where area_code < '0569'")
        sql = read_models()["measure.deprivation_quintile"].sql.replace("measure.deprivation_index", "few")
        assert con.execute(f"select count(*) from ({sql})").fetchall()[0][0] == 0
        assert con.execute("select count(*) from few").fetchall()[0][0] > 0
