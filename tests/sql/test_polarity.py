"""Polarity: which end is better is decided in one place, and every table follows it.

The expectations are written out here by hand; the macros are those that the models call.
"""

import re

import duckdb
import pytest

from pipelines import settings
from schemas.fields import POLARITIES

# polarity, value, target → judged figure, whether more of it is better, the sign of better, goodness
CASES = [
    ("higher_is_better", 40.0, None, 40.0, True, 1, 40.0),
    ("lower_is_better", 40.0, None, 40.0, False, -1, -40.0),
    ("target", 40.0, 50.0, 10.0, False, None, -10.0),
    ("target", 70.0, 50.0, 20.0, False, None, -20.0),
    ("none", 40.0, None, 40.0, None, None, None),
    ("lower_is_better", None, None, None, False, -1, None),
]


@pytest.fixture(scope="module")
def macros() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
    return connection


@pytest.mark.parametrize("case", CASES)
def test_what_a_polarity_means(case: tuple, macros: duckdb.DuckDBPyConnection) -> None:
    polarity, value, target, *meant = case
    found = macros.execute(
        "select judged_figure(p, v, t), judged_favourable(p), better_sign(p), goodness(p, v, t)"
        " from (select ? as p, cast(? as double) as v, cast(? as double) as t)",
        [polarity, value, target],
    ).fetchall()
    assert list(found[0]) == meant


@pytest.mark.parametrize(
    ("polarity", "family", "scale", "may_exceed", "bounded"),
    [
        ("lower_is_better", "share", 100, False, True),
        ("none", "share", 100, False, True),
        ("lower_is_better", "share", 100, True, False),
        ("target", "share", 100, False, False),
        ("lower_is_better", "rate", 100_000, False, True),
        ("lower_is_better", "rate", 1, False, False),
        ("higher_is_better", "mean", 1, False, False),
    ],
)
def test_which_figures_have_an_upper_bound(
    macros: duckdb.DuckDBPyConnection, polarity: str, family: str, scale: int, may_exceed: bool, bounded: bool
) -> None:
    found = macros.execute("select is_bounded(?, ?, ?, ?)", [polarity, family, scale, may_exceed]).fetchall()
    assert found == [(bounded,)]


@pytest.mark.parametrize(
    ("lower", "upper", "limit", "side"),
    [
        (0.1, 2.0, 0, 1),
        (-2.0, -0.1, 0, -1),
        (-1.0, 1.0, 0, 0),
        (0.0, 1.0, 0, 0),
        (0.5, 0.9, 1, -1),
        (None, None, 0, None),
    ],
)
def test_on_which_side_of_a_limit_an_interval_lies(
    macros: duckdb.DuckDBPyConnection, lower: float | None, upper: float | None, limit: int, side: int | None
) -> None:
    found = macros.execute("select certain_side(cast(? as double), cast(? as double), ?)", [lower, upper, limit])
    assert found.fetchall() == [(side,)]


def test_no_query_asks_for_a_polarity_by_its_word() -> None:
    """A second decision of what a polarity means could come to differ from the first."""
    words = re.compile(r"polarity\s*(=|<>|!=|in\b)|case\s+(\w+\.)?polarity")
    texts = {
        path: path.read_text(encoding="utf-8") for path in settings.SQL.rglob("*.sql") if path.name != "macros.sql"
    }
    texts.update({path: path.read_text(encoding="utf-8") for path in (settings.REPOSITORY / "pipelines").rglob("*.py")})
    assert len(texts) > 150
    assert [path.name for path, text in texts.items() if words.search(text)] == []


def test_every_polarity_of_the_catalogue_has_a_meaning() -> None:
    assert set(POLARITIES) == {case[0] for case in CASES}
