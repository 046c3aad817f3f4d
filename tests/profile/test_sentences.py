"""Every sentence and every list of the screen and of paper, and every view's question, worked out a second time.

Over the places that are swept (all in `make soak`), from the released parquet files (`again.py`), which shares no
code with what it guards: the whole text of a screen has to be the one worked out, so that a sentence which is new,
or a row that is false, is a difference.
"""

import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from pipelines.profile import paper, paper_groups
from pipelines.profile.facts import Profile, gaps_of_the_nation, read
from pipelines.profile.screen import show
from pipelines.site.drawing import Painter
from tests.fixtures.swept import EVERY, swept
from tests.profile.again import Again, years

NAMED = ("0583", "0512", "2463", "05", "00")  # Motala, Ydre, Åsele, a county, the nation: on paper too
FOLDED = 24  # every so many-th place is read with --full as well


@pytest.fixture(scope="module")
def folder(released: Path) -> Path:
    return (released / "published" / "latest").resolve()


@pytest.fixture(scope="module")
def again(folder: Path) -> Again:
    return Again(folder / "parquet")


@pytest.fixture(scope="module")
def opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(folder / "jamlik.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def profiles(opened: duckdb.DuckDBPyConnection, again: Again) -> dict[str, Profile]:
    beside = gaps_of_the_nation(opened)
    return {code: read(opened, code, beside) for code in {*NAMED, *swept(sorted(again.areas))}}


def _screen(profile: Profile, width: int = 500, full: bool = False) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    show(profile, console, full)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _same(code: str, shown: str, worked_out: str) -> None:
    shown = " ".join(shown.split())
    place = next((k for k, (a, b) in enumerate(zip(shown, worked_out, strict=False)) if a != b), None)
    if place is None and len(shown) != len(worked_out):
        place = min(len(shown), len(worked_out))
    around = slice(max(0, (place or 0) - 60), (place or 0) + 120)
    assert place is None, f"{code}: the screen says\n  {shown[around]}\nand the files\n  {worked_out[around]}"


def test_every_word_of_every_places_screen_is_what_the_files_say(profiles: dict[str, Profile], again: Again) -> None:
    assert len(profiles) >= 312 / EVERY
    assert all(not profile.targets for profile in profiles.values()), "own goals: tests/sql/test_targets.py"
    for code, profile in profiles.items():
        _same(code, _screen(profile), again.screen(code, full=False))


def test_so_it_is_with_everything_unfolded(profiles: dict[str, Profile], again: Again) -> None:
    for code in {*NAMED, *sorted(profiles)[:: FOLDED // EVERY + 1]}:
        _same(code, _screen(profiles[code], full=True), again.screen(code, full=True))


def test_a_false_row_would_be_noticed(profiles: dict[str, Profile], again: Again) -> None:
    line = next(
        line for line in profiles["0583"].headlines
        if line["against_nation"] == "worse" and not line["nation_difference_small"]
    )  # fmt: skip
    line["against_nation"] = "better"
    try:
        with pytest.raises(AssertionError, match="säkerställt bättre"):
            _same("0583", _screen(profiles["0583"]), again.screen("0583", full=False))
    finally:
        line["against_nation"] = "worse"


@pytest.mark.parametrize("width", [80, 100])
def test_no_title_is_cut_and_each_row_has_its_year_on_a_narrow_screen(
    profiles: dict[str, Profile], again: Again, width: int
) -> None:
    for code in NAMED:
        text = _screen(profiles[code], width)
        assert "…" not in text
        shown = text.split()
        for row in (row for row in again.lines(code) if row["headline"] is not None):
            when = (row["period"] or "").replace("/", "–")
            old = f", {again.old(row['period'], ' gammal')}" if again.old(row["period"]) else ""
            told = f"{row['named']}{row['mark']} {when}{old}".split()
            starts = [place for place, word in enumerate(shown) if word == told[0]]
            assert any(_follow(shown[place:], told) for place in starts), f"{code}: {' '.join(told)}"


def _follow(shown: list[str], told: list[str]) -> bool:
    """Whether all of `told` is there in order, with no more between than the other columns of a row that is broken."""
    place = 0
    for word in told:
        if word not in shown[place : place + 12]:
            return False
        place = shown.index(word, place) + 1
    return True


# ---- paper ----


def test_every_chart_on_paper_says_what_the_files_say(
    opened: duckdb.DuckDBPyConnection, profiles: dict[str, Profile], again: Again
) -> None:
    charts = 0
    for code, profile in profiles.items():
        painter = Painter(opened, code)
        found = [*paper_groups.gap_charts(painter, profile), *paper_groups.trend_charts(painter, profile)]
        assert [(title, " ".join(said.split())) for title, said, _ in found] == again.charts(code), code
        charts += len(found)
    assert charts > 4 * len(profiles)


@pytest.mark.parametrize("code", NAMED)
def test_the_rest_of_paper_is_what_the_files_say(
    opened: duckdb.DuckDBPyConnection, profiles: dict[str, Profile], again: Again, code: str
) -> None:
    first, second = (_read_off(page.body()) for page in paper.pages(opened, profiles[code]))
    lines = again.lines(code)
    headlines = [row for row in lines if row["headline"] is not None]
    for number in again.short:
        assert again.standing(code, number, lines, full=False) in first
    assert again.newer(code) in first
    assert again.nation_only(code, full=False) in second
    assert again.years_of(lines) in first
    assert again.legend(headlines, []) in first
    assert again.gap_sentences(code) in second
    assert again.sources(code) in second
    for sentence in again.cannot_be_seen(code, lines, 2):
        assert sentence in second
    listed = second[second.index("Klyftor som är säkerställda eller ökar") :].split("Det som inte går att se här")[0]
    shown = 0
    for row in again.telling(code):
        title = f"{row['title_sv']}: {again.dimension[row['dimension']].lower()}"
        values = again.gap_row(row).removeprefix(title).strip()
        if old := again.old(row["period"]):  # on paper in one column
            values = values.replace(f" {old}", f", {old}", 1)
        if f"{values} {title}" not in listed:
            break
        shown += 1
    assert shown > 0, "the gaps in order, as many as there is room for"
    assert listed.count(" till ") <= sum(row["ci_lower"] is not None for row in again.telling(code)[:shown])


def _read_off(body: str) -> str:
    """The words of a sheet in the order they are set, without those of the charts."""
    own = re.sub(r"<svg.*?</svg>", "", body, flags=re.DOTALL)
    return " ".join(unescape(" ".join(re.findall(r"<text [^>]*>([^<]*)</text>", own))).split())


# ---- no verdict on what is made up ----


def test_nothing_made_up_is_judged_anywhere(opened: duckdb.DuckDBPyConnection, again: Again) -> None:
    """Of a period that only made-up figures tell of, no table says better, worse, certain, growing or ranked."""
    again.db.execute(
        "create or replace table made as select indicator_id, area_code, period, dimension from indicator_value "
        "where value is not null group by all having bool_and(provenance = 'synthetic')"
    )
    ((made,),) = again.db.execute("select count(*) from made").fetchall()
    assert made > 10_000
    tables = {
        "inequality": "provenance = 'synthetic' and certain <> 'not_assessable'",
        "benchmark": "(indicator_id, area_code, period, dimension) in (from made)",
        "municipality_rank": "(indicator_id, area_code, period, dimension) in (from made)",
        "trend": "(indicator_id, area_code, last_period, dimension) in (from made)",
        "target": "(indicator_id, area_code, last_period, dimension) in (from made)",
    }
    for table, verdict in tables.items():
        assert again.db.execute(f"select count(*) from {table} where {verdict}").fetchall() == [(0,)], table
    reasons = "select count(*), count(*) filter (reason like '%made-up figures are not judged%') from inequality "
    ((rows, told),) = again.db.execute(f"{reasons} where provenance = 'synthetic' and estimate is not null").fetchall()
    assert rows == told > 100_000
    judged = opened.execute(
        "select count(*) from latest_gap "
        "where provenance = 'synthetic' and (certain <> 'not_assessable' or change_verdict is not null)"
    ).fetchall()
    assert judged == [(0,)]
    words = "against_nation is not null or against_similar is not null or trend is not null"
    for code in ("00", "05", "0583"):
        made_up = opened.execute(
            f"select count(*), count(*) filter ({words}) from profile('{code}') where provenance = 'synthetic'"
        ).fetchall()
        assert made_up == [(8, 0)]


# ---- the views ----


def _differ(again: Again, opened: duckdb.DuckDBPyConnection, view: str, columns: str, expected: str) -> int:
    """How many rows of a view are not those of `expected`, or the other way round; each row once."""
    again.db.register("seen", opened.sql(f"select {columns} from {view}").to_arrow_table())
    again.db.execute(f"create or replace temp table wanted as {expected}")
    assert again.db.execute("select count(*) > 0 from wanted").fetchall() == [(True,)]
    ((more,),) = again.db.execute("select count(*) from (from seen except all from wanted)").fetchall()
    ((less,),) = again.db.execute("select count(*) from (from wanted except all from seen)").fetchall()
    return int(more + less)


def test_the_latest_figure_is_each_places_own(again: Again, opened: duckdb.DuckDBPyConnection) -> None:
    assert _differ(
        again,
        opened,
        "latest_figure",
        "indicator_id, area_code, dimension, group_code, sex, period, value, status",
        """
        select indicator_id, area_code, dimension, group_code, sex,
            coalesce(max_by(period, year) filter (value is not null), max_by(period, year)),
            max_by(value, year) filter (value is not null),
            coalesce(max_by(status, year) filter (value is not null), max_by(status, year))
        from indicator_value group by all
        """,
    ) == 0  # fmt: skip


def test_the_latest_gap_moves_over_ten_years_else_five(again: Again, opened: duckdb.DuckDBPyConnection) -> None:
    assert _differ(
        again,
        opened,
        "latest_gap",
        "indicator_id, area_code, dimension, period, difference, certain, change_verdict, trend_years",
        """
        with last as (
            select indicator_id, area_code, dimension, max(period) as period, max_by(estimate, period) as estimate,
                max_by(certain, period) as certain
            from inequality where measure = 'd' and stratum = 'total' and sex = 'total' and estimate is not null
                and dimension <> 'municipality'
            group by all
        ),
        moves as (
            select *, case when change_q_value > 0.05 then 'no_certain_change'
                    else coalesce(changed_direction, changed) end as word
            from trend where measure = 'd' and stratum = 'total' and sex = 'total'
        )
        select l.*, case when ten.changed = 'not_assessable' and five.changed <> 'not_assessable' then five.word
                else ten.word end,
            case when ten.changed = 'not_assessable' and five.changed <> 'not_assessable' then 5
                else ten.trend_years end
        from last as l
        left join (from moves where trend_years = 5) as five using (indicator_id, area_code, dimension)
        left join (from moves where trend_years = 10) as ten using (indicator_id, area_code, dimension)
        """,
    ) == 0  # fmt: skip
    both = "select count(*) from latest_gap where certain = 'yes' and change_verdict = 'widening'"
    assert opened.execute(both).fetchall()[0][0] > 0
    readme = (
        "select certain, change_verdict, first_period, last_period from latest_gap "
        "where indicator_id = 'riksdag_turnout' and area_code = '0583' and dimension = 'education'"
    )
    assert opened.execute(readme).fetchall() == [("yes", "widening", "2018", "2022")]
    moved = opened.execute(
        "select distinct difference_trend, ratio_trend from gap('riksdag_turnout', 'Motala') "
        "where dimension = 'education' and stratum = 'total' and sex = 'total'"
    ).fetchall()
    assert moved == [("widening", "widening")]


def test_the_other_views_are_their_tables_with_names(again: Again, opened: duckdb.DuckDBPyConnection) -> None:
    pairs = {
        "compared": ("benchmark", "indicator_id, area_code, comparator, group_code, sex, period, difference, reason",
                     ", coalesce(judgement, position)", ", judgement"),
        "followed_up": ("recommendation_status", "recommendation, area_code, year, summary, absolute_widening_in",
                        "", ""),
        "goal": ("target", "origin, indicator_id, area_code, measure, dimension, sex, target_year, status", "", ""),
    }  # fmt: skip
    for view, (table, columns, word, named) in pairs.items():
        assert _differ(again, opened, view, f"area_name, {columns}{named}",
                       f"select area_name, {columns}{word} from {table} join area using (area_code)") == 0  # fmt: skip


def test_which_gaps_widen_is_one_list_for_each_measure(again: Again) -> None:
    for row in again.rows("from recommendation_status"):
        moves = again.directions.get((row["area_code"], row["recommendation"]), [])
        grow = {
            kind: sorted({m["indicator_id"] for m in moves if m["measure"] in measures and m["word"] == "widening"})
            for kind, measures in (("absolute", ("d", "sii")), ("relative", ("r", "rii")))
        }
        assert grow == {kind: [n for n in (row[f"{kind}_widening_in"] or "").split(", ") if n] for kind in grow}
        assert (row["widening_in"] or "") == ", ".join(sorted({*grow["absolute"], *grow["relative"]}))


# ---- what is not here ----


def test_what_must_be_ordered_is_never_said_not_to_be_collected(again: Again) -> None:
    rows = again.rows("select * from source_table")
    forms = {row["table_id"]: row["order_form"] for row in rows if row["order_form"] and row["landing"] == "none"}
    assert set(forms.values()) == {"docs/raks-order.md"}
    wrong = again.db.execute(
        "select c.indicator_id, c.area_code, c.reason from area_coverage as c join indicator as i using (indicator_id) "
        "where c.dimension = 'total' and not c.measured and list_has_any(string_split(i.source_ids, ', '), ?) "
        "and c.reason not in ('must_be_ordered', 'only_synthetic')",
        [list(forms)],
    ).fetchall()
    assert wrong == []
    ordered = "select count(distinct indicator_id) from area_coverage where reason = 'must_be_ordered'"
    assert again.db.execute(f"{ordered} and area_code = '0583'").fetchall() == [(19,)]
    nation = again.db.execute(
        "select distinct status, status_reason from indicator_value "
        "where list_has_any(string_split(source_ids, ', '), ?) and value is null and provenance <> 'synthetic'",
        [list(forms)],
    ).fetchall()
    assert nation == [("not_fetched", "must_be_ordered")]


def test_a_table_with_no_rows_has_not_been_fetched(again: Again) -> None:
    rows = again.rows("select table_id, landing, rows, retrieved, freshness from source_table")
    for row in rows:
        if row["rows"] == 0:
            assert (row["landing"], row["retrieved"], row["freshness"]) == ("none", None, None), row["table_id"]
    assert sum(row["rows"] == 0 for row in rows) >= 11


def test_years_are_a_span_from_first_to_last() -> None:
    assert years("2019/2022", "2014") == "2014–2022"
    assert years("2022") == "2022"
