"""A place on the screen and on paper, and the release's own macros and views that it is read through.

Read from the small house's release, whose figures are tested elsewhere. Not here: goals (test_targets).
"""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from pypdf import PdfReader
from rich.console import Console

from pipelines.errors import Refused
from pipelines.profile import paper, sheet, words
from pipelines.profile.facts import Profile, read
from pipelines.profile.screen import show
from pipelines.published.reader import open_release
from pipelines.release.views import VIEWS
from tests.fixtures.small_house import SmallHouse, the_sentence

pytest_plugins = ["tests.fixtures.small_fixtures"]

PLACES = ("0583", "0114", "05", "00")


@pytest.fixture(scope="module")
def latest(small_released: Path) -> Path:
    return (small_released / "data" / "published" / "latest").resolve()


@pytest.fixture(scope="module")
def opened(latest: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_release(latest) as connection:
        yield connection


@pytest.fixture(scope="module")
def profiles(opened: duckdb.DuckDBPyConnection) -> dict[str, Profile]:
    return {code: read(opened, code) for code in PLACES}


def _shown(profile: Profile, width: int, full: bool = False) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    show(profile, console, full)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


# ---- the macros and views ----


def _mean(opened: duckdb.DuckDBPyConnection, indicator: str, group: str, period: str) -> float:
    """The municipalities' mean by persons."""
    ((total, persons),) = opened.execute(
        "select sum(value * weight), sum(weight) from indicator_value where indicator_id = ? and group_code = ? "
        "and period = ? and area_level = 'municipality' and sex = group_code and value is not null",
        [indicator, group, period],
    ).fetchall()
    return float(total / persons)


def test_the_profile_has_a_line_for_every_indicator_with_the_figure_of_the_release(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    indicators = {name for (name,) in opened.execute("select indicator_id from indicator").fetchall()}
    rows = opened.execute(
        "select indicator_id, dimension, group_code, period, value, nation_value, nation_basis from profile('Motala')"
    ).fetchall()
    assert {row[0] for row in rows} == indicators
    assert len({(row[0], row[2]) for row in rows}) == len(rows)
    checked = 0
    for indicator, dimension, group, period, value, nation, basis in rows:
        if value is None:
            continue
        figures = dict(
            opened.execute(
                "select area_code, value from indicator_value where indicator_id = ? and dimension = ? "
                "and group_code = ? and period = ? and area_code in ('0583', '00') "
                "and sex = case when dimension = 'sex' then group_code else 'total' end",
                [indicator, dimension, group, period],
            ).fetchall()
        )
        assert value == figures["0583"], indicator
        if figures.get("00") is not None or nation is None:
            assert (nation, basis or "figure") == (figures.get("00"), "figure"), indicator
        else:
            assert (nation, basis) == (pytest.approx(_mean(opened, indicator, group, period)), "weighted_mean"), (
                indicator
            )
        later = opened.execute(
            "select count(*) from indicator_value where indicator_id = ? and dimension = ? and group_code = ? "
            "and area_code = '0583' and value is not null and period > ? and sex in ('total', group_code)",
            [indicator, dimension, group, period],
        ).fetchall()
        assert later == [(0,)], f"{indicator} has a later figure"
        checked += 1
    assert checked > 10


def test_an_indicator_by_sex_only_has_a_line_for_each(profiles: dict[str, Profile]) -> None:
    lines = [line for line in profiles["0583"].lines if line["indicator_id"] == "life_expectancy"]
    assert sorted(line["group_code"] for line in lines) == ["men", "women"]


def test_the_comparison_and_the_change_are_those_of_their_tables(opened: duckdb.DuckDBPyConnection) -> None:
    wrong = opened.execute(
        """
        select p.indicator_id, p.against_nation, b.judgement, b.position, b.q_value
        from profile('0583') as p
        join benchmark as b
            on b.area_code = '0583' and b.comparator = 'nation' and b.indicator_id = p.indicator_id
            and b.period = p.period and b.dimension = p.dimension and b.group_code = p.group_code
            and b.sex in ('total', p.group_code)
        where p.against_nation is distinct from
            case when b.q_value > 0.05 then 'no_certain_difference' else coalesce(b.judgement, b.position) end
        """
    ).fetchall()
    assert wrong == []
    moved = opened.execute(
        """
        select count(*), count(case when
            case when t.change_q_value > 0.05 then 'no_certain_change' else coalesce(t.changed_direction, t.changed) end
            is distinct from p.trend then 1 end)
        from profile('0583') as p
        join trend as t
            on t.area_code = '0583' and t.measure = 'value' and t.trend_years = 10 and t.changed <> 'not_assessable'
            and t.indicator_id = p.indicator_id and t.dimension = p.dimension and t.group_code = p.group_code
            and t.sex in ('total', p.group_code)
        """
    ).fetchall()
    ((compared, wrong_moves),) = moved
    assert compared > 0
    assert wrong_moves == 0


def test_a_gap_is_the_measure_of_the_release(opened: duckdb.DuckDBPyConnection) -> None:
    rows = opened.execute(
        "select period, difference, ratio, certain from gap('riksdag_turnout', 'motala kommun') "
        "where dimension = 'education' and stratum = 'total' and sex = 'total' order by period"
    ).fetchall()
    assert [(period, round(difference, 6)) for period, difference, _, _ in rows] == [("2018", 13.0), ("2022", 16.0)]
    assert rows[1][2] == pytest.approx(93 / 77)
    assert rows[1][3] == "yes"


def test_a_status_is_the_recommendation_in_the_place(opened: duckdb.DuckDBPyConnection) -> None:
    rows = opened.execute("select recommendation, area_name, indicators_measured from status(3, '05')").fetchall()
    assert [(number, name) for number, name, _ in rows] == [(3, "Östergötlands län")]
    assert (
        rows[0][2]
        == opened.execute(
            "select indicators_measured from recommendation_status where recommendation = 3 and area_code = '05'"
        ).fetchall()[0][0]
    )


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_answers_and_says_what_it_is(opened: duckdb.DuckDBPyConnection, name: str) -> None:
    assert opened.execute("select comment from duckdb_views() where view_name = ?", [name]).fetchall() == [
        (VIEWS[name][0],)
    ]
    (rows,) = opened.execute(f"select count(*) from {name}").fetchall()[0]
    assert rows > 0
    names = {each[0] for each in opened.execute(f"select * from {name} limit 0").description or []}
    special = {"how_certain": {"answer_sv", "answer_en"}, "nation_by_group": {"recommendation", "group_sv"}}
    assert special.get(name, {"area_name", "recommendation"}) <= names


# ---- words ----


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(1234.5, 1, "1 234,5"), (-0.04, 1, "0,0"), (-0.05, 2, "−0,05"), (0, 0, "0"), (1e6, 0, "1 000 000"), (None, 1, "")],
)  # fmt: skip
def test_numbers_are_written_as_swedes_do(value: float | None, decimals: int, expected: str) -> None:
    assert words.number(value, decimals).replace(words.THIN, " ") == expected


def test_every_word_of_the_release_has_its_swedish(opened: duckdb.DuckDBPyConnection) -> None:
    from schemas import fields, followup, targets, trend

    assert set(fields.STATUS_REASONS) == set(words.REASON)
    assert set(followup.COVERAGE_REASONS) == set(words.ABSENCE)
    assert set(followup.BENCHMARK_REASONS) | set(trend.TREND_REASONS) == set(words.UNJUDGED)
    assert set(fields.STATUSES) - {"observed"} == set(words.STATUS)
    said = set(followup.JUDGEMENTS) | set(followup.POSITIONS)
    small = {f"small_{word}" for word in ("better", "worse", "above", "below")}
    assert said | small == set(words.AGAINST) == set(words.AGAINST_SHORT)
    assert set(trend.DIRECTIONS) | set(trend.MOVEMENTS) == set(words.TREND) == set(words.TREND_SHORT)
    assert set(followup.SUMMARIES) == set(words.SUMMARY)
    assert set(targets.TARGET_STATUSES) == set(words.TARGET)


# ---- the screen ----


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("code", PLACES)
@pytest.mark.parametrize("full", [False, True])
def test_the_screen_fits_and_shows_every_recommendation(
    profiles: dict[str, Profile], code: str, width: int, full: bool
) -> None:
    profile = profiles[code]
    text = _shown(profile, width, full)
    assert max(len(line) for line in text.splitlines()) <= width
    assert not re.search(r"\bNone\b|\bnull\b|_", text.replace("intake.md", "")), "a word of the database is shown"
    for status in profile.recommendations:
        assert f"{status['number']}  {status['short_sv']}" in text
    assert text.startswith(profile.area["area_name"])
    assert "Det som inte går att se här" in text
    if not full:
        assert len(text.splitlines()) < (115 if width > 100 else 170)


def test_a_figure_stands_with_the_nations_and_the_word_for_their_difference(profiles: dict[str, Profile]) -> None:
    line = next(line for line in profiles["0583"].headlines if line["indicator_id"] == "riksdag_turnout")
    (row,) = [
        row for row in _shown(profiles["0583"], 140).splitlines() if row.strip().startswith(line["title_sv"][:40])
    ][:1]
    for value in (line["value"], line["nation_value"]):
        assert words.number(value, line["decimals"]) in row
    assert words.AGAINST[line["against_nation"]] in row
    assert words.TREND[line["trend"]] in row


def test_what_is_missing_is_said_in_words(profiles: dict[str, Profile]) -> None:
    text = _shown(profiles["0583"], 120)
    (row,) = [row for row in text.splitlines() if row.strip().startswith("Jämlik hälsa i budget")]
    assert "saknas" in row
    assert "inte inlämnat" in row
    assert "Kan lämnas på egna formulär" in text


def test_the_nation_is_not_compared_with_itself(profiles: dict[str, Profile]) -> None:
    assert "mot riket" not in _shown(profiles["00"], 80)
    assert "mot riket" in _shown(profiles["05"], 80)


def test_what_is_worse_is_named_though_it_is_no_headline(profiles: dict[str, Profile]) -> None:
    profile = profiles["0583"]
    worse = [
        line for line in profile.lines
        if line["headline"] is None and line["value"] is not None and line["against_nation"] == "worse"
    ]  # fmt: skip
    text = " ".join(_shown(profile, 120).split())
    assert worse
    for number in {line["recommendation"] for line in worse}:
        first = next(line for line in worse if line["recommendation"] == number)
        assert words.title(first) in text


def test_the_command_shows_a_place_and_names_near_ones(released_only: SmallHouse) -> None:
    done = released_only.jamlik("profile", "motala", COLUMNS="80")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Motala  kommun i Östergötlands län")
    assert max(map(len, done.out.splitlines())) <= 80
    the_sentence(released_only.jamlik("profile", "Motalla"), "'Motalla' is not known", "Motala (0583)", code=2)
    the_sentence(released_only.jamlik("profile"), "one PLACE, or with --all", code=2)
    the_sentence(released_only.jamlik("profile", "--all"), "name a folder", code=2)
    the_sentence(released_only.jamlik("profile", "Motala", "--pdf", "none/there/x.pdf"), "cannot be written")


def test_the_screen_needs_neither_dagster_nor_pandas_nor_charts() -> None:
    call = (
        "import sys, pipelines.profile.command, pipelines.profile.facts, pipelines.profile.screen; "
        "heavy = ('dagster', 'pandas', 'pandera', 'altair', 'vl_convert', 'sqlglot'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_release_of_another_version_is_refused_in_a_sentence() -> None:
    connection = duckdb.connect()
    connection.execute("create table area (area_code varchar, area_name varchar)")
    with pytest.raises(Refused, match=r"^The release was made by another version .+ run `jamlik run` again\.$"):
        read(connection, "0583")


# ---- paper ----


def test_the_paper_is_two_pages_of_a4_with_the_figures_as_text(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    files = paper.write(opened, "Motala", str(tmp_path / "m.pdf"), str(tmp_path / "m.png"))
    assert files == [tmp_path / "m.pdf", tmp_path / "m.png"]
    pages = PdfReader(files[0]).pages
    assert [(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pages] == [
        (596, 842)
    ] * 2
    first, second = (page.extract_text() for page in pages)
    assert "Motala" in first
    assert "sida 1 av 2" in first
    assert "Det som inte går att se här" in second
    header = files[1].read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert int.from_bytes(header[16:20], "big") == 1191
    assert int.from_bytes(header[20:24], "big") == 3369


def test_nothing_on_a_sheet_runs_over_its_edge(opened: duckdb.DuckDBPyConnection, profiles: dict[str, Profile]) -> None:
    for code in PLACES:
        for page in paper.pages(opened, profiles[code]):
            assert page.y <= sheet.HEIGHT - 15, f"{code}: {page.y}"
            for x, y in re.findall(r'<text x="([\d.-]+)" y="([\d.-]+)" font-size', page.body()):
                assert 0 <= float(x) <= sheet.WIDTH
                assert 0 <= float(y) <= sheet.HEIGHT - 15


def test_lines_are_broken_within_their_width() -> None:
    text = "Förvärvsarbetande flyktingar och anhöriga efter fyra till sex år i landet"
    lines = sheet.broken(text, 10, 150)
    assert len(lines) > 1
    assert " ".join(lines) == text
    assert all(sheet.width_of(line, 10) <= 150 for line in lines)


def test_every_municipality_is_written_with_one_command(opened: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    files = paper.write_all(opened, str(tmp_path / "all"), "pdf", lambda *what: said.append(what))
    assert [number for _, number, _ in said] == list(range(14))
    assert {total for _, _, total in said} == {14}
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == sorted(path.name for path in files)
    assert "0583 Motala.pdf" in {path.name for path in files}
    assert len({path.read_bytes() for path in files}) == 14
