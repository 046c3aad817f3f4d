"""Finding an indicator by the words that people use: in SQL, on the command line, and what no word means."""

import duckdb
import pytest
from click.testing import CliRunner

from pipelines import cli
from pipelines.errors import WrongCall
from pipelines.published.find import find

FOUND = [
    ("NEET", "neet_16_24"),
    ("barnfattigdom", "child_poverty_relative"),
    ("Ungdomsarbetslöshet", "youth_unemployment_16_24"),
    ("UNGDOMSARBETSLOSHET", "youth_unemployment_16_24"),
    ("sjalvmord", "suicide_25_plus"),
    ("suicid", "suicide_25_plus"),
    ("rökning", "daily_smoking"),
    ("tobacco", "daily_smoking"),
    ("psykisk ohälsa", "severe_psychological_distress"),
    ("livslängd utbildning", "life_expectancy_both_sexes_eurostat"),
    ("premature_mortality", "premature_mortality_25_64"),
]


@pytest.fixture
def answers(release: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    def query(statement: str) -> tuple[list[str], list[tuple[object, ...]]]:
        cursor = release.execute(statement)
        return [each[0] for each in cursor.description or []], cursor.fetchall()

    monkeypatch.setattr("pipelines.published.find.query", query)


@pytest.mark.parametrize(("words", "indicator"), FOUND)
def test_a_word_finds_its_indicator_by_title_synonym_or_id(
    release: duckdb.DuckDBPyConnection, words: str, indicator: str
) -> None:
    found = [row[0] for row in release.execute("select indicator_id from find_indicator(?)", [words]).fetchall()]
    assert indicator in found
    assert len(found) < 20


def test_every_synonym_and_every_title_finds_its_own_indicator(release: duckdb.DuckDBPyConnection) -> None:
    rows = release.execute(
        "select indicator_id, title_sv, title_en, synonyms_sv, synonyms_en from indicator"
    ).fetchall()
    assert len(rows) > 200
    sought = {}
    for name, title_sv, title_en, *synonyms in rows:
        words = [title_sv, title_en, name, *(word for text in synonyms for word in text.split(", "))]
        assert len(words) >= 5, name
        sought[name] = words
    release.execute("create temp table if not exists sought (name varchar, words varchar)")
    wrong = [
        (name, word)
        for name, words in list(sought.items())[::5]
        for word in words
        if (name,) not in release.execute("select indicator_id from find_indicator(?)", [word]).fetchall()
    ]
    assert wrong == []


@pytest.mark.usefixtures("answers")
def test_the_command_lists_them_and_all_words_count() -> None:
    columns, rows = find(("fattigdom", "barn"))
    assert columns == ["indicator_id", "title_sv", "recommendation", "synonyms_sv"]
    assert "child_poverty_relative" in {row[0] for row in rows}
    done = CliRunner().invoke(cli.main, ["find", "NEET", "--format", "csv"])
    assert done.exit_code == 0, done.output
    assert "neet_16_24" in done.output


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize("words", [("krokodil",), ("barn", "krokodil"), (" ",), ("'; drop table indicator; --",)])
def test_a_word_that_nothing_has_is_a_wrong_call_of_one_sentence(words: tuple[str, ...]) -> None:
    with pytest.raises(WrongCall) as fault:
        find(words)
    assert fault.value.exit_code == 2
    assert str(fault.value).count(". ") == 0
    assert " ".join(words).strip() in str(fault.value)
