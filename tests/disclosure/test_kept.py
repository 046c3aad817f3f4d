"""What rows to hide are kept by: a hash of every row that they were chosen from."""

from pathlib import Path

import pytest

from pipelines.disclosure.books import DELIVERIES, content
from tests.fixtures.disclosure_tables import Office, narrow


def test_what_rows_to_hide_are_kept_by_is_every_count_and_no_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAMLIK_DATA", str(tmp_path))
    office = Office(*narrow())

    def now() -> str:
        return content(office.connection, "indicator.everything", DELIVERIES)

    before = now()
    run = office.connection.execute
    run("create or replace table indicator.everything as select * from indicator.everything order by hash(area_code)")
    assert now() == before
    one = "where rowid = (select max(rowid) from indicator.everything where numerator is not null)"
    for column in ("numerator", "denominator"):
        run(f"update indicator.everything set {column} = {column} + 1 {one}")
        assert now() != before, column
        run(f"update indicator.everything set {column} = {column} - 1 {one}")
        assert now() == before
    run(f"update indicator.everything set status = 'missing' {one}")
    assert now() != before
