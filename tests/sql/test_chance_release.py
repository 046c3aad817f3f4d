"""The release's errors keep their promise, and its verdicts follow from its figures: recomputed from the released rows.

Nothing of the house is imported: figures, standard errors and persons are read, the rest is worked out here.
"""

from collections import defaultdict
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy import stats

Z = 1.959963984540054
PLACES = {
    "Danderyd": "0162", "Malmö": "1280", "Botkyrka": "0127", "Åsele": "2463", "Motala": "0583", "Ydre": "0512",
    "Gotland": "0980", "Falun": "2080", "Södertälje": "0181", "Kiruna": "2584",
}  # fmt: skip
LEARNED = ("year_to_year", "year_to_year_upper", "survey_pooled")


def rows(release: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = release.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


# ---- the errors ----


def test_held_out_years_lie_inside(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(release, "select c.*, family, collection from chance c join indicator using (indicator_id)")
    assert all(row["held_out_by"] for row in found if row["assessable"]), "nothing untried is given"
    known = [row for row in found if row["assessable"] and row["held_out_by"] == "own_years"]
    assert sum(row["held_out_cases"] for row in known) > 250_000
    assert min(row["held_out_95"] for row in known if row["fitted_level"] == "municipality") >= 0.9
    classes = defaultdict(list)
    for row in known:
        survey = row["collection"].endswith("survey")
        classes["survey" if survey else row["family"], row["series"]].append(row)
    for key, members in classes.items():
        cases = np.array([row["held_out_cases"] for row in members])
        if cases.sum() < 500:
            continue
        inside = cases @ [row["held_out_95"] for row in members] / cases.sum()
        assert (0.91 if key[0] == "survey" else 0.93) <= inside <= 0.985, (key, inside)
    cases = np.array([row["held_out_cases"] for row in known])
    assert 0.78 <= cases @ [row["held_out_80"] for row in known] / cases.sum() <= 0.88
    for row in found:
        if row["assessable"] and row["held_out_by"] == "other_series":
            assert 0.93 <= row["held_out_95"] <= 0.985, row
            assert row["lent"] >= 1
            assert row["held_out_cases"] > 500


def test_counties_are_held_out_by_their_own_figures(release: duckdb.DuckDBPyConnection) -> None:
    """Each county figure's whole distance to the nation, in years that taught it nothing."""
    found = rows(release, "select c.*, family, collection from chance c join indicator using (indicator_id)")
    given = [row for row in found if row["county_assessable"]]
    own = [row for row in given if row["county_held_out_by"] == "own_years"]
    sums = [row for row in given if row["county_held_out_by"] == "sums"]
    surveys = [row for row in own if row["collection"].endswith("survey")]
    registers = [row for row in own if not row["collection"].endswith("survey")]
    for members, fewest in ((registers, 9_000), (surveys, 3_000), (sums, 8_000)):
        cases = np.array([row["county_held_out_cases"] for row in members])
        assert cases.sum() > fewest
        assert 0.92 <= cases @ [row["county_held_out_95"] for row in members] / cases.sum() <= 0.985, len(members)
    assert min(row["county_held_out_95"] for row in given) >= 0.88
    with_figures = release.execute(
        "select distinct indicator_id from indicator_value where area_level = 'county' and se is not null "
        "and ci_method in ('year_to_year', 'year_to_year_upper', 'survey_pooled')"
    ).fetchall()
    proven = {row["indicator_id"] for row in given}
    assert {name for (name,) in with_figures} <= proven


def test_every_countys_own_figures_move_within_their_errors(release: duckdb.DuckDBPyConnection) -> None:
    """From the released figures: distances of each county to the nation, one independent period apart."""
    found = rows(release, """
        with distance as (
            select v.indicator_id, v.area_code, v.sex, v.year, v.se, v.value - n.value as away, i.window_years
            from indicator_value v join indicator_value n
                on n.area_code = '00' and n.indicator_id = v.indicator_id and n.period = v.period
                and n.dimension = v.dimension and n.sex = v.sex
            join indicator i on i.indicator_id = v.indicator_id
            where v.area_level = 'county' and v.dimension in ('total', 'sex') and v.comparable and n.value is not null
                and v.ci_method in ('year_to_year', 'year_to_year_upper', 'survey_pooled')
        )
        select a.area_code, count(*) as n,
            avg(case when abs(b.away - a.away) <= 1.959963984540054 * sqrt(a.se * a.se + b.se * b.se) then 1 else 0 end)
                as inside
        from distance a join distance b on b.indicator_id = a.indicator_id and b.area_code = a.area_code
            and b.sex = a.sex and b.year = a.year + a.window_years
        group by a.area_code
    """)  # fmt: skip
    assert len(found) == 21
    for row in found:
        assert row["n"] > 500
        assert row["inside"] >= 0.9, row
    cases = np.array([row["n"] for row in found])
    assert 0.92 <= cases @ [row["inside"] for row in found] / cases.sum() <= 0.985


def test_the_next_period_lies_inside_for_every_size_group_and_place(release: duckdb.DuckDBPyConnection) -> None:
    """From the released figures and errors: movements about the median place's, over the root of both variances."""
    release.execute("""
        create or replace temp table step as
        with figure as (
            select v.*, a.skr_group_code, i.window_years, i.collection
            from indicator_value v join area a using (area_code) join indicator i using (indicator_id)
            where v.area_level = 'municipality' and v.dimension in ('total', 'sex') and v.ci_method in
                ('year_to_year', 'year_to_year_upper', 'survey_pooled') and v.comparable
        ), pair as (
            select b.indicator_id, b.area_code, b.sex, b.year, b.weight, b.skr_group_code, b.collection,
                b.value - a.value as moved, sqrt(a.se * a.se + b.se * b.se) as se
            from figure a join figure b on b.indicator_id = a.indicator_id and b.area_code = a.area_code
                and b.sex = a.sex and b.year = a.year + b.window_years
        )
        select *,
            abs(moved - median(moved) over (partition by indicator_id, sex, year)) <= 1.959963984540054 * se as inside
        from pair
    """)
    by_size = rows(release, """
        select case when weight < 10000 then 1 when weight < 25000 then 2 when weight < 75000 then 3 else 4 end as size,
            avg(cast(inside as integer)) as inside, count(*) as n from step group by 1
    """)  # fmt: skip
    assert sum(row["n"] for row in by_size) > 300_000
    for row in by_size:
        assert 0.93 <= row["inside"] <= 0.985, row
    for column, least in (("indicator_id", 0.88), ("skr_group_code", 0.91), ("area_code", 0.88)):
        for row in rows(release, f"select {column}, avg(cast(inside as integer)) as inside from step group by 1 "
                        "having count(*) >= 500"):  # fmt: skip
            assert row["inside"] >= least, (column, row)


def test_what_is_certain_is_seldom_certain_the_other_way_next(release: duckdb.DuckDBPyConnection) -> None:
    ((certain, turned),) = release.execute("""
        with nation as (select indicator_id, period, sex, value from indicator_value
            where area_code = '00' and dimension in ('total', 'sex')),
        stated as (
            select v.indicator_id, v.area_code, v.sex, v.year, i.window_years, (v.value - n.value) / v.se as z
            from indicator_value v join indicator i using (indicator_id)
            join nation n on n.indicator_id = v.indicator_id and n.period = v.period and n.sex = v.sex
            where v.area_level = 'municipality' and v.dimension in ('total', 'sex') and v.comparable
                and v.ci_method in ('year_to_year', 'year_to_year_upper', 'survey_pooled')
        )
        select count(*), count(case when abs(b.z) > 1.96 and a.z * b.z < 0 then 1 end)
        from stated a join stated b on b.indicator_id = a.indicator_id and b.area_code = a.area_code and b.sex = a.sex
            and b.year = a.year + a.window_years
        where abs(a.z) > 1.96
    """).fetchall()
    assert certain > 50_000
    assert turned / certain <= 0.005


def test_no_error_is_zero_and_every_interval_holds_its_figure(release: duckdb.DuckDBPyConnection) -> None:
    wrong = release.execute("""
        select v.indicator_id, v.area_code, v.period, v.value, v.se, v.ci_lower, v.ci_upper
        from indicator_value v join indicator using (indicator_id)
        where v.se <= 0 or isnan(v.ci_lower) or isnan(v.ci_upper) or v.ci_lower > v.value + 1e-9
            or v.ci_upper < v.value - 1e-9
            or (family in ('share', 'rate') and not may_exceed_scale and v.value >= 0 and v.ci_lower < -1e-9)
            or (family = 'share' and not may_exceed_scale and v.value <= scale and v.ci_upper > scale + 1e-6)
            or (v.se is not null and v.provenance <> 'synthetic') <> (v.chance_kind is not null)
        limit 5
    """).fetchall()
    assert wrong == []


# ---- the comparisons ----


@pytest.mark.parametrize(
    ("levels", "comparator", "least"),
    [("municipality", "nation", 0.85), ("municipality", "county", 0.85), ("municipality", "similar_overall", 0.82)],
)
def test_most_comparisons_can_be_judged(
    release: duckdb.DuckDBPyConnection, levels: str, comparator: str, least: float
) -> None:
    ((share,),) = release.execute(
        "select avg(case when position <> 'not_assessable' then 1 else 0 end) from benchmark "
        "join area using (area_code) join indicator using (indicator_id) where area_level = ? and comparator = ? "
        "and dimension in ('total', 'sex') and difference is not null and indicator.provenance <> 'self_reported'",
        [levels, comparator],
    ).fetchall()
    assert share >= least


def test_they_are_not_judged_by_wide_intervals(release: duckdb.DuckDBPyConnection) -> None:
    ((share,),) = release.execute(
        "select avg(case when position in ('above', 'below') then 1 else 0 end) from benchmark "
        "join area using (area_code) where comparator = 'nation' and dimension = 'total' "
        "and area_level = 'municipality' and position <> 'not_assessable'"
    ).fetchall()
    assert share >= 0.4
    ((ranks,),) = release.execute(
        "select avg(case when assessable then 1 else 0 end) from municipality_rank where dimension in ('total', 'sex')"
    ).fetchall()
    assert ranks >= 0.8
    ((gaps,),) = release.execute(
        "select avg(case when certain <> 'not_assessable' then 1 else 0 end) from inequality where dimension = 'sex' "
        "and measure = 'd' and stratum = 'total' and estimate is not null and provenance <> 'synthetic'"
    ).fetchall()
    assert gaps >= 0.85


@pytest.mark.parametrize("place", PLACES)
def test_every_verdict_against_the_nation_follows_from_the_figures(
    release: duckdb.DuckDBPyConnection, place: str
) -> None:
    """Difference, its error, the q-value over the place's rows and the word: from indicator_value alone."""
    code = PLACES[place]
    shown = rows(release, f"from benchmark where area_code = '{code}' and comparator = 'nation'")
    figures = {
        (row["indicator_id"], row["period"], row["dimension"], row["group_code"], row["sex"], row["area_code"]): row
        for row in rows(release, f"from indicator_value where area_code in ('00', '{code}')")
    }
    about = {row["indicator_id"]: row for row in rows(release, "from indicator")}
    p_values, places = [], []
    checked = 0
    for row in shown:
        key = (row["indicator_id"], row["period"], row["dimension"], row["group_code"], row["sex"])
        own, nation = figures.get((*key, code)), figures.get((*key, "00"))
        if row["difference_se"] is not None:
            p_values.append(2 * stats.norm.sf(abs(row["difference"] / row["difference_se"])))
            places.append(row)
        if row["difference"] is None or own is None or nation is None or nation["value"] is None:
            continue
        assert row["difference"] == pytest.approx(own["value"] - nation["value"], abs=1e-9)
        if own["ci_method"] in LEARNED:
            assert row["difference_se"] == pytest.approx(own["se"])
            checked += 1
    assert checked > 60
    q_values = stats.false_discovery_control(p_values)
    for row, p, q in zip(places, p_values, q_values, strict=True):
        assert row["p_value"] == pytest.approx(p, rel=1e-6, abs=1e-290)
        assert row["q_value"] == pytest.approx(q, rel=1e-6, abs=1e-290)
        polarity = about[row["indicator_id"]]["polarity"]
        away, half = row["difference"], Z * row["difference_se"]
        words = {"higher_is_better": ("better", "worse"), "lower_is_better": ("worse", "better")}.get(
            polarity, ("above", "below")
        )
        if polarity == "target":
            continue
        expected = "no_certain_difference" if abs(away) <= half or q > 0.05 else words[away < 0]
        assert row["verdict"] == expected, row


def test_the_five_answers_have_the_releases_own_numbers(release: duckdb.DuckDBPyConnection) -> None:
    answers = [row["answer_sv"] for row in rows(release, "from how_certain")]
    assert len(answers) == 5
    kept = rows(release, "from chance where assessable and held_out_by = 'own_years'")
    cases = np.array([row["held_out_cases"] for row in kept])
    inside = round(100 * float(cases @ [row["held_out_95"] for row in kept] / cases.sum()))
    assert f" {inside} procent av siffrorna" in answers[1]
    assert f"för {len({row['indicator_id'] for row in kept})} indikatorer" in answers[1]
    lent = rows(release, "from chance where assessable and held_out_by <> 'own_years'")
    assert f"{len({row['indicator_id'] for row in lent})} indikatorer har serier med för få år" in answers[1]
    assert f"(minst {round(100 * min(row['held_out_95'] for row in lent))} procent inom" in answers[1]
    stated = rows(release, "from benchmark where comparator = 'nation' and dimension = 'total' "
                  "and difference is not null and length(area_code) = 4")  # fmt: skip
    judged = [row for row in stated if row["position"] != "not_assessable"]
    certain = [row for row in stated if row["q_value"] is not None and row["q_value"] <= 0.05]
    small = [row for row in certain if abs(row["difference_in_spread"]) < 0.5]
    assert answers[2].startswith(f"{round(100 * len(judged) / len(stated))} procent")
    assert f"och {round(100 * len(certain) / len(judged))} procent" in answers[2]
    assert f" {round(100 * len(small) / len(certain))} procent" in answers[3]
