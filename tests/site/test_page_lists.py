"""Every list of every place is true: the rows, counts and names that the page shows, worked out again from the release.

*Min kommun* and *Rekommendationerna* of the places that are swept (all 312 in `make soak`), and the sources of *Om
data*, as Chromium shows them. Shares no code with the page.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Page

from tests.fixtures.page_facts import MONTHS, NUMBER, number, words_of, year_of
from tests.fixtures.page_sweep import READ_PLACE, READ_RECOMMENDATIONS, keep, read_view
from tests.fixtures.page_visit import Look
from tests.fixtures.swept import swept

pytest_plugins = ["tests.fixtures.page_fixtures"]

LEVELS = """
    with base as (
        select indicator_id, case
            when count(value) filter (where dimension = 'total') > 0 then 'total'
            when count(value) filter (where dimension = 'sex') > 0 then 'sex'
            else min(dimension) filter (where value is not null) end as dimension
        from indicator_value where dimension not like '%+%' group by indicator_id
    ),
    figure as (
        select v.*, max(v.period_end) filter (where v.value is not null)
            over (partition by v.indicator_id, v.area_level) as latest
        from indicator_value v join base b using (indicator_id, dimension)
    )
    select f.area_code, f.indicator_id, f.group_code, f.sex, f.dimension, f.period, f.value, f.provenance, u.decimals,
        u.label_sv as unit, i.title_sv, i.recommendation, g.label_sv as group_label,
        (select case when b.difference_se is null or b.difference is null then 'not_assessable'
            when b.q_value > 0.05 then 'no_certain_difference' else coalesce(b.judgement, b.position) end
            from benchmark b where b.indicator_id = f.indicator_id
            and b.area_code = f.area_code and b.dimension = f.dimension and b.group_code = f.group_code
            and b.sex = f.sex and b.period = f.period and b.comparator = 'nation') as compared
    from figure f join indicator i using (indicator_id) join unit u using (unit)
    left join social_group g on g.dimension = f.dimension and g.group_code = f.group_code
    where f.period_end = f.latest
        and (f.sex = 'total' or f.dimension = 'sex' or not exists (
            from indicator_value t
            where t.indicator_id = f.indicator_id and t.dimension = f.dimension and t.sex = 'total'
        ))
"""
# Ten years where they can be judged, else five.
WAYS = """
    select indicator_id, area_code, measure, dimension, coalesce(group_code, '') as group_code, sex,
        coalesce(
            max(case when trend_years = 10 and word <> 'not_assessable' then word end),
            max(case when trend_years = 5 then word end)) as way
    from (
        select *, case when change_q_value > 0.05 then 'no_certain_change'
            else coalesce(changed_direction, changed) end as word
        from trend
    ) where coalesce(stratum, 'total') = 'total' group by all
"""
GAPS = """
    select q.area_code, q.indicator_id, q.dimension, q.period, q.estimate, q.certain, q.provenance
    from inequality q join area a using (area_code)
    join (select period, max(period_end) as period_end from indicator_value group by period) p using (period)
    where q.measure = 'd' and q.stratum = 'total' and q.sex = 'total' and q.dimension not like '%+%'
        and q.dimension <> 'municipality'
    qualify p.period_end = max(case when q.estimate is not null then p.period_end end)
        over (partition by q.indicator_id, a.area_level, q.dimension)
"""
CERTAIN = {"yes": "säkerställd skillnad", "no": "ingen säkerställd skillnad", "not_assessable": "kan inte bedömas"}


@pytest.fixture(scope="module")
def page(site: Path, opened: Look) -> Page:
    visit = opened(site, "place=0583")
    keep(visit.page)
    return visit.page


@pytest.fixture(scope="module")
def areas(release: duckdb.DuckDBPyConnection) -> list[str]:
    return swept([code for (code,) in release.execute("select area_code from area order by 1").fetchall()])


def rows_of(release: duckdb.DuckDBPyConnection, statement: str) -> list[dict[str, Any]]:
    cursor = release.execute(statement)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def now(release: duckdb.DuckDBPyConnection) -> int:
    ((published,),) = release.execute("select published_at from release").fetchall()
    return int(published[:4])


@pytest.fixture(scope="module")
def levels(release: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """By area: a row for each indicator that is measured at its level, or for each group where only groups are."""
    found = defaultdict(list)
    for row in rows_of(release, LEVELS):
        found[row["area_code"]].append(row)
    return found


@pytest.fixture(scope="module")
def ways(release: duckdb.DuckDBPyConnection) -> dict[tuple[str, ...], str]:
    return {tuple(row)[:6]: row[6] for row in release.execute(WAYS).fetchall()}


@pytest.fixture(scope="module")
def gaps(release: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {(row["area_code"], row["indicator_id"], row["dimension"]): row for row in rows_of(release, GAPS)}


@pytest.fixture(scope="module")
def dimensions(release: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Dimensions by what they are called."""
    rows = release.execute("select distinct dimension_sv, dimension from social_group where dimension not like '%+%'")
    return dict(rows.fetchall())


def counted(text: str, rows: list[dict[str, Any]], indicators: int, now: int) -> None:
    """Asserts that a sentence on how many indicators have a figure, and how old those are, is true of the rows."""
    seen: dict[str, tuple[int, bool]] = {}
    for row in rows:
        if row["value"] is not None:
            seen.setdefault(row["indicator_id"], (year_of(row["period"]), row["provenance"] == "synthetic"))
    years = [year for year, made_up in seen.values() if not made_up]
    made_up = len(seen) - len(years)
    assert "aktuell" not in text
    assert (f"För {made_up} till visas påhittade siffror." in text) == (made_up > 0)
    if not years:
        assert text.startswith(f"Ingen av {indicators} indikatorer har någon siffra här.")
    elif min(years) == max(years):
        whole = f"{len(years)} av {indicators} indikatorer har en siffra här, från {max(years)} "
        assert text.startswith(f"{whole}({now - max(years)} år gamla).")
    else:
        recent = f"{years.count(max(years))} från {max(years)} ({now - max(years)} år gamla)"
        oldest = f"och resten äldre, som äldst från {min(years)}."
        assert text.startswith(f"{len(years)} av {indicators} indikatorer har en siffra här: {recent} {oldest}")


def key_of(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["indicator_id"], row["area_code"], "value", row["dimension"], row["group_code"], row["sex"])


def _when(period: str, now: int) -> str:
    age = now - year_of(period)
    return words_of(period) + (f", {age} år gammal" if age else "")


def same_row(shown: dict[str, Any], row: dict[str, Any], now: int) -> None:
    """Asserts whose figure, which, of when and how old; and that a made-up one is marked."""
    assert shown["title"] == _named(row)
    if row["dimension"] == "sex" and row["sex"] == "men":
        assert shown["address"]["sex"] == "men"
    period = _when(row["period"], now)
    if row["value"] is not None:
        assert abs(number(shown["figure"]) - row["value"]) <= 0.5 * 10 ** -row["decimals"] + 1e-9
        assert shown["unit"] == f"{row['unit']}, {period}"
    else:
        assert shown["figure"] is None
    assert shown["synthetic"] == (row["provenance"] == "synthetic")


def test_every_row_of_every_place_is_what_the_release_holds(
    page: Page, areas: list[str], levels: dict[str, Any], ways: dict[tuple[str, ...], str], gaps: Any, dimensions: Any,
    release: duckdb.DuckDBPyConnection, now: int,
) -> None:  # fmt: skip
    ((indicators,),) = release.execute("select count(*) from indicator").fetchall()
    seen, judged = 0, 0
    for area in areas:
        shown = read_view(page, "place", area, READ_PLACE)
        counted(shown["lead"], levels[area], indicators, now)
        expected = {_named(row): row for row in levels[area]}
        assert len(shown["rows"]) == len(expected), area
        for one in shown["rows"]:
            row = expected[one["title"]]
            same_row(one, row, now)
            seen += 1
            made_up = row["provenance"] == "synthetic"
            assert one["compared"] == (None if made_up else row["compared"]), (area, row)
            way = ways.get(key_of(row))
            assert one["trend"] == (None if made_up else way), (area, row, way)
            if one["gap"]:
                judged += _gap_is_true(one, row, gaps, ways, dimensions, now)
    assert seen > 100 * len(areas)
    assert judged > 5 * len(areas)


def _named(row: dict[str, Any]) -> str:
    sex = {"women": ", kvinnor", "men": ", män"}.get(row["sex"], "") if row["dimension"] not in ("total", "sex") else ""
    return row["title_sv"] + ("" if row["dimension"] == "total" else f", {row['group_label']}{sex}")


def _gap_is_true(shown: dict[str, Any], row: dict[str, Any], gaps: Any, ways: Any, dimensions: Any, now: int) -> bool:
    name, rest = shown["gap"].split(": ", 1)
    size = re.match(NUMBER, rest)
    gap = gaps[row["area_code"], row["indicator_id"], dimensions[name]]
    assert size
    assert abs(number(size[1]) - abs(gap["estimate"])) <= 0.5 * 10 ** -row["decimals"] + 1e-9
    made_up = gap["provenance"] == "synthetic"
    verdict = "påhittad, bedöms inte" if made_up else CERTAIN[gap["certain"]]
    assert rest.endswith(f" {_when(gap['period'], now)}, {verdict}")
    way = ways.get((row["indicator_id"], row["area_code"], "d", dimensions[name], "", "total"))
    assert shown["gapTrend"] == (None if made_up or way == "not_assessable" else way)
    return gap["certain"] != "not_assessable" and not made_up


# A fact is counted once: of an indicator and its twin the one that can be judged, first the former.
_COMPARED = """
    select indicator_id, area_code, case when difference_se is null or difference is null then 'not_assessable'
        when q_value > 0.05 then 'no_certain_difference' else judgement end as word
    from benchmark join indicator using (indicator_id)
    where comparator = '{}' and dimension = 'total' and judgement is not null qualify row_number() over (
        partition by area_code, coalesce(same_fact_as, indicator_id)
        order by word = 'not_assessable', same_fact_as is not null
    ) = 1
"""
COUNTS = {
    "Jämfört med riket": _COMPARED.format("nation"),
    "Jämfört med liknande kommuner": _COMPARED.format("similar_overall"),
    "Egna mål": "select indicator_id, area_code, status from target where origin = 'own'",
    "Nationellt mål: de påverkbara skillnaderna ska vara borta 2048": (
        "select indicator_id, area_code, status from target where origin = 'national'"
    ),
}


@pytest.fixture(scope="module")
def once(release: duckdb.DuckDBPyConnection, ways: dict[tuple[str, ...], str]) -> list[tuple[str, ...]]:
    """The series with a better end, a fact once: of an indicator and its twin the one that can be judged."""
    directed = {tuple(row) for row in release.execute(
        "select indicator_id, area_code, measure, dimension, coalesce(group_code, ''), sex from trend "
        "where changed_direction is not null and stratum = 'total' and sex = 'total'").fetchall()}  # fmt: skip
    twins = dict(release.execute("select indicator_id, same_fact_as from indicator").fetchall())
    chosen: dict[Any, tuple[bool, bool, tuple[str, ...]]] = {}
    for key, way in ways.items():
        if key in directed:
            fact = (twins[key[0]] or key[0], *key[1:])
            order = (way == "not_assessable", twins[key[0]] is not None, key)
            chosen[fact] = min(order, chosen.get(fact, order))
    return [key for _, _, key in chosen.values()]


@pytest.fixture(scope="module")
def counts(release: duckdb.DuckDBPyConnection, ways: dict[tuple[str, ...], str], once: list[tuple[str, ...]]) -> Any:
    """By area and recommendation, line and word: how many."""
    found: dict[Any, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    numbers = dict(release.execute("select indicator_id, recommendation from indicator").fetchall())
    for line, statement in COUNTS.items():
        for indicator, area, word in release.execute(statement).fetchall():
            if word:
                found[area, numbers[indicator]][line][word] += 1
    for key in once:
        indicator, area, measure, dimension, *_ = key
        line = {
            "d": "Skillnader mellan grupper",
            "sii": "Skillnader mellan grupper",
            "r": "Kvoter mellan grupper",
            "rii": "Kvoter mellan grupper",
        }.get(measure)
        line = line or ("Utveckling" if measure == "value" and dimension == "total" else None)
        if dimension != "age" and line:
            found[area, numbers[indicator]][line][ways[key]] += 1
    return found


def test_every_count_and_name_of_the_recommendations_is_what_the_release_holds(
    page: Page, areas: list[str], levels: Any, ways: Any, gaps: Any, dimensions: Any, counts: Any, once: Any, now: int,
    release: duckdb.DuckDBPyConnection,
) -> None:  # fmt: skip
    numbers = dict(release.execute("select indicator_id, recommendation from indicator").fetchall())
    widening = defaultdict(set)
    for indicator, area, measure, dimension, group, sex in once:
        way = ways[indicator, area, measure, dimension, group, sex]
        if way == "widening" and dimension != "age" and measure in ("d", "sii", "r", "rii"):
            widening[area, numbers[indicator], "absolute" if measure in ("d", "sii") else "relative"].add(
                (indicator, dimension)
            )
    waiting = {
        title
        for (title,) in release.execute(
            "select title_sv from indicator join indicator_value using (indicator_id) where status = 'not_fetched'"
        ).fetchall()
    }
    ordered, absent, listed = 0, 0, 0
    for area in areas:
        for number_of, section in enumerate(read_view(page, "recommendations", area, READ_RECOMMENDATIONS), 1):
            own = [row for row in levels[area] if row["recommendation"] == number_of]
            by_name = {_named(row): row for row in own}
            counted(section["coverage"], own, list(numbers.values()).count(number_of), now)
            shown = {line: {word: n for word, n in words.items() if n} for line, words in section["counts"].items()}
            expected = {line: dict(words) for line, words in counts[area, number_of].items() if line in shown or words}
            assert shown == expected, (area, number_of)
            for kind in ("absolute", "relative"):
                named = {
                    (one, dimensions[_capital(text, dimensions)]) for one, text in section["widening"].get(kind, [])
                }
                assert named == widening[area, number_of, kind], (area, number_of, kind)
                listed += len(named)
            assert (
                section["wideningWords"].get("absolute", "Skillnaden (absolut) har ökat i:")
                == "Skillnaden (absolut) har ökat i:"
            )
            assert (
                section["wideningWords"].get("relative", "Kvoten (relativt) har ökat i:")
                == "Kvoten (relativt) har ökat i:"
            )
            for one in section["rows"]:
                if row := by_name.get(one["title"]):
                    same_row(one, row, now)
                    assert not (one["synthetic"] and one["verdicts"])
                    _gaps_are_true(one, row, gaps, ways, dimensions, now)
                else:
                    absent += 1
                    ordered += one["ordered"]
                    assert one["ordered"] == one["absent"].startswith("måste beställas")
                    assert not (one["absent"] == "samlas inte in" and one["title"] in waiting)
    assert listed > 3 * len(areas)
    assert absent > 10 * len(areas)
    assert ordered == len(areas) * _only_by_order(release)


def _capital(text: str, dimensions: dict[str, str]) -> str:
    """The name of a dimension as it stands in brackets, in lower case."""
    return next(name for name in dimensions if f"({name.lower()})" in text)


def _only_by_order(release: duckdb.DuckDBPyConnection) -> int:
    """Indicators of which nothing is shown and every table is a confidential delivery that has not come."""
    ((count,),) = release.execute(
        """
        select count(*) from indicator i where source_ids <> '' and not exists (
            select 1 from unnest(string_split(i.source_ids, ', ')) s(id) join source_table t on t.table_id = s.id
            where t.confidentiality <> 'secret'
        ) and not exists (select 1 from indicator_value v where v.indicator_id = i.indicator_id and value is not null)
        """
    ).fetchall()
    return int(count)


def _gaps_are_true(shown: dict[str, Any], row: dict[str, Any], gaps: Any, ways: Any, dimensions: Any, now: int) -> None:
    for one in shown["gaps"]:
        name = one["text"].split(": ")[0]
        gap = gaps[row["area_code"], row["indicator_id"], dimensions[name]]
        size = re.search(f": {NUMBER} \\({re.escape(_when(gap['period'], now))}\\), (.*)", one["text"])
        assert size, one
        assert abs(number(size[1]) - abs(gap["estimate"])) <= 0.5 * 10 ** -row["decimals"] + 1e-9
        made_up = gap["provenance"] == "synthetic"
        assert size[2].startswith("påhittad, bedöms inte" if made_up else CERTAIN[gap["certain"]])
        keys = {
            measure: (row["indicator_id"], row["area_code"], measure, dimensions[name], "", "total") for measure in "dr"
        }
        expected = [] if made_up else [(ways.get(key), measure == "r") for measure, key in keys.items()]
        assert [tuple(code) for code in one["codes"]] == [
            pair for pair in expected if pair[0] not in (None, "not_assessable")
        ]


def test_every_source_is_shown_with_its_terms_and_whether_it_was_fetched(
    site: Path, shown: Look, release: duckdb.DuckDBPyConnection
) -> None:
    visit = shown(site, "view=about")
    lines = visit.page.locator("[aria-labelledby=om-sources] tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    )
    expected = rows_of(release, "select * from source_table order by table_id")
    assert len(lines) == len(expected)
    for (publisher, _, terms, fetched), row in zip(lines, expected, strict=True):
        assert (publisher, terms) == (row["publisher"], row["licence"])
        if not row["rows"]:
            assert re.search("inte hämta|inget är inlämnat", fetched), row
            assert ("måste beställas" in fetched) == (row["confidentiality"] == "secret" and row["landing"] == "none")
        elif row["retrieved"]:
            year, month, day = row["retrieved"].split("-")
            assert fetched == f"{int(day)} {MONTHS[int(month) - 1]} {year}"
        else:
            assert "inte hämtad" not in fetched
    form = visit.page.locator("a[href='bestallning-raks.txt']")
    assert form.count() == 1
    order = (site / "bestallning-raks.txt").read_text(encoding="utf-8-sig")
    assert order == (Path(__file__).parents[2] / "docs" / "raks-order.md").read_text(encoding="utf-8")
    stale, fetched_tables = release.execute(
        "select count(*) filter (where freshness = 'stale'), count(freshness) from source_table"
    ).fetchall()[0]
    assert (f"{stale} av {fetched_tables} hämtade källtabeller har inte lästs på nytt i tid" in visit.text("main")) == (
        stale > 0
    )
