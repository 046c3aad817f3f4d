"""The command line as a person meets it: help, answers in three forms, what it refuses, and how quickly it starts."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli import main
from tests.fixtures.patience import ends_soon
from tests.fixtures.small_house import REPOSITORY, Latest, SmallHouse, the_sentence
from tests.fixtures.warm_process import WarmPython

pytest_plugins = ["tests.fixtures.small_fixtures"]


@pytest.fixture(scope="module")
def house(small_released: Path, warm_python: WarmPython, tmp_path_factory: pytest.TempPathFactory) -> SmallHouse:
    """The small house itself, to be asked and not changed."""
    return SmallHouse(small_released, warm_python, tmp_path_factory.mktemp("cli") / "call")


def _plain(*words: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The installed command, as a shell starts it."""
    known = {name: text for name, text in os.environ.items() if not name.startswith(("JAMLIK_", "DAGSTER_"))}
    return subprocess.run(
        [Path(sys.executable).with_name("jamlik"), *words],
        env={**known, "JAMLIK_DATA": str(data), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_every_command_says_what_it_does() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for word in ("JAMLIK_DATA", "0 done", "2 wrong call", *main.commands):
        assert word in " ".join(result.output.split())
    assert {"run", "sql", "tables"} <= set(main.commands)
    for name, command in main.commands.items():
        page = CliRunner().invoke(main, [name, "-h"])
        assert page.exit_code == 0
        assert command.help
        assert page.output.startswith(f"Usage: main {name}")
        for option in command.params:
            assert option.param_type_name == "argument" or getattr(option, "help", None), f"{name} {option.name}"


def test_the_command_alone_shows_its_help_and_is_a_wrong_call(house: SmallHouse) -> None:
    done = _plain(data=house.data)
    assert done.returncode == 2
    assert "Usage: jamlik" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "naming"),
    [
        (("nosuch",), ("'nosuch'", "`jamlik --help`")),
        (("sql",), ("'STATEMENT'", "`jamlik sql --help`")),
        (("run", "--nosuch"), ("'--nosuch'", "`jamlik run --help`")),
        (("sql", "select 1", "--format", "xml"), ("'xml'", "'json'")),
        (("run", "--only", "nosuch.table"), ("nosuch.table", "selects nothing", "`jamlik tables`")),
        (("run", "--only", "core.area and and"), ("'and'",)),
        (("sql", ""), ("empty",)),
        (("sql", " ;"), ("empty",)),
    ],
)
def test_a_wrong_call_is_one_sentence(words: tuple[str, ...], naming: tuple[str, ...], house: SmallHouse) -> None:
    the_sentence(house.jamlik(*words), *naming, code=2)


QUESTION = "select area_code, area_name, null as nothing from area where area_level <> 'municipality' order by 1"


def test_answers_are_csv_in_a_pipe_and_json_or_a_table_on_request(house: SmallHouse) -> None:
    as_csv = house.jamlik("sql", QUESTION)
    assert as_csv.code == 0
    rows = list(csv.reader(io.StringIO(as_csv.out)))
    assert rows[0] == ["area_code", "area_name", "nothing"]
    assert rows[1:] == [["00", "Riket", ""], ["01", "Stockholms län", ""], ["05", "Östergötlands län", ""]]
    assert house.jamlik("sql", QUESTION, "--format", "csv").out == as_csv.out
    as_json = json.loads(house.jamlik("sql", QUESTION, "--format", "json").out)
    assert as_json[2] == {"area_code": "05", "area_name": "Östergötlands län", "nothing": None}
    table = house.jamlik("sql", QUESTION, "--format", "table").out
    assert "Östergötlands län" in table
    assert "None" not in table


def test_a_csv_answer_quotes_what_must_be_quoted(house: SmallHouse) -> None:
    awkward = """select 'a,"b' as x, 'two' || chr(10) || 'lines' as y, 1e-7 as z, date '2022-12-31' as d"""
    assert list(csv.reader(io.StringIO(house.jamlik("sql", awkward).out)))[1:] == [
        ['a,"b', "two\nlines", "1e-07", "2022-12-31"]
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into area select * from area",
        "update area set area_name = 'x'",
        "delete from area",
        "drop table area",
        "create table x as select 1",
        "attach '{file}'",
        "copy area to '{file}'",
        "select 1; copy area to '{file}'",
        "export database '{file}'",
        "from read_csv('{file}')",
        "from '{file}'",
        "from read_text('{file}')",
        "from read_parquet('{latest}/parquet/area.parquet')",
        "from glob('{latest}/*')",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "set temp_directory = '{file}'",
    ],
)
def test_a_query_can_neither_write_nor_reach_a_file(statement: str, house: SmallHouse, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in house.published.rglob("*")}
    file = tmp_path / "there.csv"
    file.write_text("a\n1\n")
    asked = statement.format(file=file, latest=house.published / "latest")
    the_sentence(house.jamlik("sql", asked), "refused", "correct it", code=2)
    assert file.read_text() == "a\n1\n"
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"there.csv"}] == []
    assert {path: path.stat().st_mtime_ns for path in house.published.rglob("*")} == before


def test_a_large_query_spills_outside_the_release(house: SmallHouse) -> None:
    done = house.jamlik("sql", "select current_setting('temp_directory') as folder")
    assert str(house.published) not in done.out
    assert "jamlik-" in done.out


def test_places_are_understood_by_name(house: SmallHouse) -> None:
    wanted = {"Motala": "0583", "motala kommun": "0583", "0583": "0583", "Östergötland": "05", "Riket": "00"}
    columns = ", ".join(f"area_code('{place}')" for place in wanted)
    (row,) = list(csv.reader(io.StringIO(house.jamlik("sql", f"select {columns}").out)))[1:]
    assert row == list(wanted.values())


@pytest.mark.parametrize(("place", "code"), [("motala", "0583"), ("Mjölby kommun", "0586")])
def test_the_place_shown_first_may_be_a_name(place: str, code: str, small: SmallHouse) -> None:
    assert small.jamlik("run", JAMLIK_HOME_AREA=place).code == 0
    done = small.jamlik("sql", "select home_area from release")
    assert done.out == f"home_area\n{code}\n"


def test_an_unknown_place_is_a_wrong_call_that_offers_the_nearest(small: SmallHouse) -> None:
    before = Latest.of(small.published)
    done = small.jamlik("run", JAMLIK_HOME_AREA="Motalla")
    small.refused(done, "'Motalla'", "Motala (0583)", code=2, before=before)


def test_a_first_run_with_an_unknown_place_publishes_nothing(unmade: SmallHouse) -> None:
    """The places are not known before they are made, so that this is told when they are, and nothing else is."""
    done = unmade.jamlik("run", "--only", "+core.area", JAMLIK_HOME_AREA="Nosuch")
    assert done.code == 0
    the_sentence(unmade.jamlik("run", JAMLIK_HOME_AREA="Nosuch"), "'Nosuch'", "Motala", code=2)


def test_an_unchanged_run_says_so_and_names_the_release_on_stdout_alone(house: SmallHouse) -> None:
    done = house.jamlik("run")
    assert done.code == 0
    assert done.out.strip() == str((house.published / "latest").resolve())
    assert "0 tables made" in done.err
    assert "snapshot in git" in done.err


def test_tables_lists_every_table_with_what_it_is(house: SmallHouse) -> None:
    rows = list(csv.DictReader(io.StringIO(house.jamlik("tables").out)))
    assert len(rows) > 60
    assert {"core.area", "mart.indicator_value", "indicator.kolada", "catalogue.indicator"} <= {
        row["table"] for row in rows
    }
    assert all(row["what it is"] for row in rows)


def test_asking_imports_neither_dagster_nor_pandas(house: SmallHouse) -> None:
    """In a Python of its own, started cold: what it has imported once it has answered."""
    script = (
        "import sys\nfrom pipelines.cli import main\n"
        "try:\n    main(['sql', 'select 1 as one'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={**os.environ, "JAMLIK_DATA": str(house.data)},
        capture_output=True,
        text=True,
        check=True,
    )
    answer, modules = done.stdout.rsplit("\n", 2)[0], done.stdout.splitlines()[-1]
    assert answer == "one\n1"
    assert "'duckdb'" in modules
    for name in ("dagster", "pandas", "pandera", "pyarrow", "sqlglot", "numpy", "requests"):
        assert f"'{name}'" not in modules, name


def test_an_answer_nobody_reads_to_the_end_is_no_error(house: SmallHouse) -> None:
    """`jamlik sql … | head -1`: the reader goes away after a line."""
    known = {name: text for name, text in os.environ.items() if not name.startswith("JAMLIK_")}
    for form in ("csv", "json"):
        asked = [Path(sys.executable).with_name("jamlik"), "sql", "--format", form, "from indicator_value"]
        with subprocess.Popen(
            asked,
            env={**known, "JAMLIK_DATA": str(house.data)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            assert process.stderr
            assert process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == ""
            process.wait(timeout=60)


def test_an_interrupted_run_is_one_sentence_and_the_next_goes_on(unmade: SmallHouse) -> None:
    call = unmade.python.start(unmade.path, "run", streams=unmade.streams)
    lock = unmade.data / "dagster" / "history" / "runs.db"
    deadline = time.monotonic() + 60
    while not lock.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.5)
    call.kill(signal.SIGINT)
    the_sentence(call.wait(), "Interrupted", "the latest release is untouched")
    assert not unmade.published.exists() or not (unmade.published / "latest").exists()
    assert unmade.jamlik("run", "--only", "core.area source.areas").code in (0, 1)


ENDLESS = {
    "of one table": "select count(*) from range(90000000000) as r where hash(r.range) = 1",
    "of three": """
        select count(*) from indicator_value as a, indicator_value as b, indicator_value as c
        where a.se > hash(b.se, c.se)
    """,
}


@pytest.mark.parametrize("case", ENDLESS)
def test_a_query_that_is_broken_off_is_one_sentence_at_once(case: str, house: SmallHouse) -> None:
    call = house.python.start(house.path, "sql", ENDLESS[case], streams=house.streams)
    time.sleep(5)
    with ends_soon():  # either would take minutes
        call.kill(signal.SIGINT)
        the_sentence(call.wait(), "Interrupted")


THREE_HUNDRED_MILLION = "select range as number, 'a text of some length ' || range as words from range(300000000)"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_answer_of_three_hundred_million_rows_is_streamed_in_bounded_memory(form: str, house: SmallHouse) -> None:
    """Two million lines are read, the process is measured, and then nobody reads on."""
    known = {name: text for name, text in os.environ.items() if not name.startswith("JAMLIK_")}
    with subprocess.Popen(
        [Path(sys.executable).with_name("jamlik"), "sql", "--format", form, THREE_HUNDRED_MILLION],
        env={**known, "JAMLIK_DATA": str(house.data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        read = [process.stdout.readline() for _ in range(2_000_000)]
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.stdout.close()
        assert process.stderr.read() == ""
        process.wait(timeout=60)
    assert read[-1]
    (peak,) = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    assert peak < 300_000, f"{peak:,} kB"


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_json_in_parts_is_what_it_would_be_as_a_whole(rows: int, house: SmallHouse) -> None:
    asked = f"select range as n, 'två' || chr(10) || 'rader' as t, [1, 2] as l from range({rows})"
    whole = [{"n": n, "t": "två\nrader", "l": [1, 2]} for n in range(rows)]
    assert house.jamlik("sql", asked, "--format", "json").out == json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def test_a_table_says_where_it_ends(house: SmallHouse) -> None:
    done = house.jamlik("sql", "select 'row ' || range as r from range(10001)", "--format", "table")
    assert "row 9999 " in done.out
    assert "row 10000 " not in done.out
    assert done.err == "Only the first 10,000 rows are shown; `--format csv` writes all of them.\n"
    done = house.jamlik("sql", "select '[/no] markup' as \"[x]\" from range(10000)", "--format", "table")
    assert done.out.count("[/no] markup") == 10_000
    assert done.err == ""


def test_a_query_that_fails_on_the_way_says_that_the_answer_is_not_whole(house: SmallHouse) -> None:
    broken = "select case when range = 900000 then error('here') else range end as n from range(1000000)"
    done = house.jamlik("sql", broken)
    sentence = the_sentence(done, "broke off after", "here", "not the whole answer", code=2)
    assert re.search(r"after [1-9][\d,]+ rows", sentence)
