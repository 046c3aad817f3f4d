"""The documents say what the house does: the dictionary is current, and the README's query has the README's answer."""

import re
from pathlib import Path

import duckdb

from pipelines.release import dictionary

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_data_dictionary_is_current() -> None:
    assert dictionary.PATH.read_text(encoding="utf-8") == dictionary.text(), "run `make docs`"


def test_the_queries_of_the_readme_give_the_answers_of_the_readme(release: duckdb.DuckDBPyConnection) -> None:
    cases = re.findall(r"```sql\n(.+?)```\n+```text\n(.+?)```", README, flags=re.DOTALL)
    assert len(cases) >= 2
    for query, answer in cases:
        cursor = release.execute(query)
        columns = [each[0] for each in cursor.description]
        found = [" | ".join(columns), *(" | ".join(map(str, row)) for row in cursor.fetchall())]
        assert found == [line.strip() for line in answer.strip().splitlines()]
