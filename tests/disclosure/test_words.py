"""What a release says in words gives counts away, too: "no population" is a nought, and which of two reasons hid a row.

Belongs here: that an intruder reads the words, and that a nought is hidden like any count where it must be. Not here:
the attack on numbers (test_attack.py).
"""

from pathlib import Path

import pytest

from pipelines import settings
from pipelines.disclosure.audit import figures_of, gate
from pipelines.errors import Refused
from tests.fixtures.disclosure_tables import Office, country, graduates, people, rows_of

ABOVE = {"00": None, "01": "00", "02": "00", "0101": "01", "0102": "01", "0103": "01", "0201": "02", "0202": "02"}
# In work, studying and neither, by two programmes. Nobody graduated from the first in 0102. The single one in work in
# 0101 can be none only if somebody more is in work elsewhere: not in 0103, all of whose workers have that programme
# already; so in 0102, unless it is known that nobody is.
COUNTS = {
    "0101": [(1, 20, 20), (30, 20, 20)],
    "0102": [(0, 0, 0), (30, 30, 30)],
    "0103": [(30, 20, 20), (0, 40, 40)],
    "0201": [(30, 20, 20), (30, 40, 40)],
    "0202": [(30, 20, 20), (30, 40, 40)],
}
HIDDEN = "dimension = 'programme' and area_code in ('0101', '0102', '0103')"
NOUGHT = "area_code = '0102' and group_code = 'p0'"


def judged(office: Office, release_id: str, change: str = "") -> None:
    """Hides the three municipalities by programme, and nothing else; the gate's verdict."""
    numbers = ("value", "numerator", "denominator", "se", "ci_lower", "ci_upper", "ci_method", "reliability")
    kept = ", ".join(f"case when not ({HIDDEN}) then {name} end as {name}" for name in numbers)
    office.connection.execute(
        f"create or replace table protect.cell as select * replace ({kept}, "
        f"case when {HIDDEN} then 'suppressed' else status end as status, "
        f"case when {HIDDEN} then 'hidden_here' else status_reason end as status_reason) from indicator.everything"
    )
    gate(office.connection, figures_of(office.build(settings.published() / "releases" / release_id, change)))


def test_no_population_is_read_as_a_nought(data: Path) -> None:
    """Populations are nobody's knowledge here, so that a nought protects; said in words it is a number like any."""
    office = Office(ABOVE, graduates(ABOVE, COUNTS), "raks_graduates", "2016")
    judged(office, "safe")
    words = "status = 'not_applicable', status_reason = 'no_population'"
    with pytest.raises(Refused, match="by programme: 1 cells can be worked out"):
        judged(office, "told", f"update indicator_value set {words} where {NOUGHT}")


def test_a_nought_that_is_hidden_for_others_sake_is_not_told_in_words(data: Path) -> None:
    """A small area's own figures are all hidden, and what it has nobody of with them."""
    counts = {**COUNTS, "0102": [(0, 0, 0), (3, 2, 1)]}
    office = Office(ABOVE, graduates(ABOVE, counts), "raks_graduates", "2016")
    office.publish("2026-01-01T000000Z")
    found = office.connection.execute(
        f"select status, status_reason, count(*) from protect.cell where {NOUGHT} group by all"
    ).fetchall()
    assert found == [("suppressed", "hidden_here", 3)]


def test_a_group_that_nobody_is_of_in_one_place_is_no_hole(data: Path) -> None:
    above = country(("10",))
    persons = people(above, {"education": 3}, 1, 300)
    persons["1080"][:, 1] = 0
    office = Office(above, rows_of(above, persons, ["education"], ["education"]))
    office.publish("2026-01-01T000000Z")
    found = office.connection.execute(
        "select status_reason, count(*) from protect.cell where area_code = '1080' and group_code = 'g1' group by all"
    ).fetchall()
    assert found == [("no_population", 21)], "everybody knows the populations, so there is nothing to hide"
