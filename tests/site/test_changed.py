"""The page of figures that have been changed: hidden, emptied, multiplied, with a title that bites; and a page refused.

Remakes the page of the small house's release. What a page holds when nothing is wrong is tested in test_site.py.
"""

import json
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import Refused
from pipelines.site import writer
from pipelines.site.scripts import json_for_script
from pipelines.site.writer import check_site, strings, write_site
from tests.fixtures.small_house import SmallHouse
from tests.site.test_site import area_rows, indicator_rows, read_global

pytest_plugins = ["tests.fixtures.small_fixtures"]


@pytest.fixture(scope="module")
def latest(small_released: Path) -> Path:
    return (small_released / "data" / "published" / "latest").resolve()


def remake(latest: Path, folder: Path, *statements: str) -> Path:
    """The page of a copy of the release in which something has been changed."""
    database = folder / "changed.duckdb"
    database.write_bytes((latest / "jamlik.duckdb").read_bytes())
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            connection.execute(statement)
    write_site(database, folder / "site")
    with duckdb.connect(str(database), read_only=True) as connection:
        check_site(folder / "site", connection)
    return folder / "site"


def test_a_place_without_a_latest_figure_says_why_and_shows_its_last(tmp_path: Path, latest: Path) -> None:
    """One municipality loses its latest turnout: the reason stands where the figure stood, the one before beside it."""
    remade = remake(
        latest,
        tmp_path,
        "update indicator_value set value = null, ci_lower = null, ci_upper = null, status = 'suppressed', "
        "status_reason = 'hidden_here' where indicator_id = 'riksdag_turnout' and area_code = '0583' "
        "and period = '2022' and dimension = 'total'",
    )
    (row,) = [row for row in area_rows(remade, "0583", "level") if row["indicator_id"] == "riksdag_turnout"]
    assert (row["period"], row["value"], row["status"], row["reason"]) == ("2022", None, "suppressed", "hidden_here")
    assert (row["last_period"], row["x"]) == ("2018", None)
    assert row["last_value"] > 0
    assert row["p50"] > 0


def test_a_title_cannot_end_its_script(tmp_path: Path, latest: Path) -> None:
    title = "</script><script>alert(1)</script>\u2028<!--"
    remade = remake(latest, tmp_path, f"update indicator set title_sv = '{title}' where indicator_id = 'neet_16_24'")
    text = (remade / "manifest.js").read_text(encoding="utf-8")
    assert "<" not in text
    assert "\u2028" not in text
    titles = {each["title_sv"] for each in read_global(remade / "manifest.js", "JAMLIK")["indicators"]}
    assert title in titles
    assert json.loads(json_for_script({"a": title})) == {"a": title}
    with pytest.raises(ValueError, match="JSON"):
        json_for_script(float("nan"))


def test_an_indicator_may_be_empty_or_have_two_thousand_groups(tmp_path: Path, latest: Path) -> None:
    remade = remake(
        latest,
        tmp_path,
        "update indicator_value set value = null, status = 'missing', status_reason = 'source_gave_none' "
        "where indicator_id = 'neet_16_24'",
        "delete from indicator_value where indicator_id = 'gini_disposable_income'",
        """
        insert into indicator_value by name
        select v.* replace ('age' as dimension, 'g' || n as group_code)
        from (select * from indicator_value where indicator_id = 'municipal_turnout' and dimension = 'total' limit 1) v,
            range(2000) r(n)
        """,
    )
    known = {each["id"]: each for each in read_global(remade / "manifest.js", "JAMLIK")["indicators"]}
    assert known["neet_16_24"]["dimensions"] == {}
    assert known["neet_16_24"]["class_breaks"] == {}
    assert known["neet_16_24"]["last_period"] == {}
    rows = [row for row in indicator_rows(remade, "neet_16_24") if row["kind"] == "value"]
    assert rows
    assert all(row["value"] is None for row in rows)
    assert known["gini_disposable_income"]["periods"] == []
    assert len(known["municipal_turnout"]["dimensions"]["age"]["groups"]) >= 2000


def test_a_page_without_one_of_its_files_is_refused(tmp_path: Path, latest: Path) -> None:
    remade = remake(latest, tmp_path)
    (remade / "data" / "area" / "0580.parquet.js").unlink()
    with (
        duckdb.connect(str(latest / "jamlik.duckdb"), read_only=True) as release,
        pytest.raises(Refused, match=r"without data/area/0580\.parquet\.js"),
    ):
        check_site(remade, release)


def test_broken_words_are_refused_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer.settings, "SITE", tmp_path)
    for content, naming in (("{", "cannot be read"), ("[]", "one object"), ('{"a": {"sv": "b"}}', '"a" needs')):
        (tmp_path / "strings.json").write_text(content, encoding="utf-8")
        with pytest.raises(Refused, match=naming):
            strings()


def test_a_change_of_the_page_makes_a_new_release(small: SmallHouse) -> None:
    before = (small.published / "latest").readlink()
    assert small.jamlik("run").code == 0
    assert (small.published / "latest").readlink() == before
    style = small.path / "site" / "style.css"
    style.write_text(style.read_text(encoding="utf-8") + "\n/* wider */\n", encoding="utf-8")
    assert small.jamlik("run").code == 0
    now = (small.published / "latest").readlink()
    assert now != before
    assert "/* wider */" in (small.published / now / "site" / "style.css").read_text(encoding="utf-8")
