"""How the page words what is certain: certain and small apart from certain and large, what stands for the nation where
it has no figure, and how many of the goals on track are so for certain. From the released rows alone.
"""

from typing import Any

import duckdb
import pytest
from playwright.sync_api import Page

from tests.fixtures.page_sweep import keep, read_view
from tests.fixtures.page_visit import Look
from tests.fixtures.swept import swept

pytest_plugins = ["tests.fixtures.page_fixtures"]

WORDS = {"better": "bättre", "worse": "sämre", "above": "högre", "below": "lägre"}
READ = """root => [...root.querySelectorAll('.place-table tbody tr:not(.nation-row)')].map(tr => {
    const address = new URLSearchParams(tr.querySelector('th a').hash.slice(1))
    const cell = tr.querySelector('[data-head="Jämfört med riket"] .verdict')
    return {indicator: address.get('indicator'), sex: address.get('sex') ?? 'total',
        said: cell && !cell.querySelector('.absent') ? cell.textContent : null}
})"""
READ_GOALS = """root => [...root.querySelectorAll('section.recommendation')].map(section =>
    [...section.querySelectorAll('.count-line')]
        .filter(line => line.querySelector('dt').textContent.startsWith('Nationellt mål'))
        .map(line => line.querySelector('dd.on_track')?.textContent ?? null)[0] ?? null)"""


@pytest.fixture(scope="module")
def page(site: Any, opened: Look) -> Page:
    visit = opened(site, "place=0583")
    keep(visit.page)
    return visit.page


@pytest.fixture(scope="module")
def places(release: duckdb.DuckDBPyConnection) -> list[str]:
    codes = release.execute("select area_code from area where area_code <> '00' order by 1").fetchall()
    return sorted({"0583", "2463", *swept([code for (code,) in codes])})


def test_what_is_certain_is_said_with_its_size_and_with_what_it_is_compared(
    page: Page, places: list[str], release: duckdb.DuckDBPyConnection
) -> None:
    small, means = 0, 0
    for code in places:
        found = release.execute("""
            select indicator_id, sex, verdict, q_value, abs(difference_in_spread), comparator_basis from benchmark
            where area_code = ? and comparator = 'nation' and dimension in ('total', 'sex')
        """, [code]).fetchall()  # fmt: skip
        known = {(indicator, sex): rest for indicator, sex, *rest in found}
        for row in read_view(page, "place", code, READ):
            if row["said"] is None or (row["indicator"], row["sex"]) not in known:
                continue
            verdict, q_value, size, basis = known[row["indicator"], row["sex"]]
            said = row["said"]
            if verdict in WORDS:
                little = size is not None and size < 0.5
                assert q_value <= 0.05
                assert (f"säkert men lite {WORDS[verdict]} än riket" in said) == little, (code, row)
                assert f"{WORDS[verdict]} än riket" in said, (code, row)
                small += little
            assert ("(riket: kommunernas vägda medel)" in said) == (basis == "weighted_mean"), (code, row)
            means += basis == "weighted_mean"
    assert small > len(places)
    assert means > len(places)


def test_goals_on_track_say_how_many_are_so_for_certain(
    page: Page, places: list[str], release: duckdb.DuckDBPyConnection
) -> None:
    goals: dict[tuple[str, int], list[str]] = {}
    for code, number, certain in release.execute("""
        select area_code, recommendation, t.certain from target t join indicator using (indicator_id)
        where origin = 'national' and status = 'on_track'
    """).fetchall():  # fmt: skip
        goals.setdefault((code, number), []).append(certain)
    seen = 0
    for code in {*places, *[code for code, _ in list(goals)[:5]]}:
        for number, said in enumerate(read_view(page, "recommendations", code, READ_GOALS), 1):
            certain = goals.get((code, number), [])
            expected = f"{len(certain)} på väg, varav {certain.count('yes')} säkert" if certain else None
            assert said == expected, (code, number)
            seen += bool(certain)
    assert seen >= 5
