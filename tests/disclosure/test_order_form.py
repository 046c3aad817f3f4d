"""A delivery laid out as docs/raks-order.md asks: through the inbox, the models, protection, the gate and the ledger.

Belongs here: what such a delivery may lack or have besides, and that what is then shown is right. Not here: the attack
(test_attack.py, test_crosses.py), and a whole run of the command line (test_delivery.py).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.catalogue.disclosure_rules import read_rules
from pipelines.errors import Refused
from tests.fixtures import county_delivery
from tests.fixtures.graduates_house import put_graduates
from tests.fixtures.inbox_house import Row

BLEKINGE = {"1060": 6_900, "1080": 36_800, "1081": 16_500, "1082": 18_100, "1083": 9_600}  # a county of five
CROSSES = ("age+country_of_birth", "age+education", "country_of_birth+education")
RELEASE = "2026-01-01T000000Z"


def released(data: Path, rows: Sequence[Row]) -> county_delivery.Delivered:
    """The rows in the inbox, and published."""
    county_delivery.put(data, rows)
    office = county_delivery.office(data)
    office.publish(RELEASE)
    return office


def ask(office: county_delivery.Delivered, query: str) -> list[tuple]:
    return office.connection.execute(query).fetchall()


def no_small_count_is_shown(office: county_delivery.Delivered) -> None:
    small = (
        "least(nullif(numerator, 0), nullif(denominator - numerator, 0)) < 5 or denominator < 10 or "
        "nullif(numerator, 0) < 5 or nullif(denominator - numerator, 0) < 5"
    )
    assert ask(office, f"select count(*) from protect.cell where value is not null and ({small})") == [(0,)]


def test_a_county_is_published_with_its_crosses_and_with_those_of_whom_something_is_unknown(data: Path) -> None:
    rows = county_delivery.cells(BLEKINGE)
    unknown = {row[0]: 0 for row in rows}
    for row in rows:
        unknown[row[0]] += row[-1] if row[7] == "uppgift saknas" else 0
    assert min(unknown.values()) > 20
    assert sum(row[-1] for row in rows if row[4] == "uppgift saknas") > sum(unknown.values())
    office = released(data, rows)
    no_small_count_is_shown(office)
    crossed = f"dimension in {CROSSES} and area_code = '10'"
    ((made, shown),) = ask(office, f"select count(*), count(value) from protect.cell where {crossed}")
    assert made == 248
    assert shown > 230
    assert ask(office, "select distinct status_reason from protect.cell where area_code = '00'") == [
        ("incomplete_group",)
    ]
    told = ask(
        office,
        "select indicator_id = 'raks_weakly_established', dimension, count(value) / count(*) from protect.cell "
        "where area_code <> '00' and dimension not like '%+%' group by all order by all",
    )
    assert len(told) == 10
    assert min(share for *_, share in told) > 0.8, told
    # who is unknown is in the whole and in no group
    assert ask(office, "select count(*) from protect.cell where group_code like '%unknown%'") == [(0,)]
    one = "indicator_id = 'raks_without_work' and sex = 'total' and area_code = '10'"
    ((all_, grouped),) = ask(
        office,
        f"select sum(denominator) filter (dimension = 'total'), sum(denominator) filter (dimension = 'education') "
        f"from protect.cell where {one}",
    )
    assert all_ == sum(BLEKINGE.values())
    assert all_ - grouped == sum(row[-1] for row in rows if row[4] == "uppgift saknas")
    placed = dict(
        ask(
            office,
            "select area_code, denominator from protect.cell "
            "where indicator_id = 'raks_weakly_established' and dimension = 'total' and area_code like '10__'",
        )
    )
    at_work = {place: sum(row[-1] for row in rows if row[0] == place and row[6] != "7") for place in BLEKINGE}
    assert placed == {place: at_work[place] - unknown[place] for place in BLEKINGE}


def test_a_place_that_was_shown_and_is_delivered_no_more_has_its_period_withheld(data: Path) -> None:
    office = released(data, county_delivery.cells(BLEKINGE))
    shown = "select count(*) from protect.cell where period = '2022' and {} and value is not null"
    secret = "indicator_id like 'raks%'"
    assert ask(office, shown.format(secret)) != [(0,)]
    county_delivery.put(data, county_delivery.cells({**BLEKINGE, "1060": 0}))
    office.read()
    office.publish("2026-01-02T000000Z")
    assert ask(office, shown.format(secret)) == [(0,)]


@pytest.mark.parametrize(
    ("persons", "municipalities", "counties"),
    [
        pytest.param(county_delivery.sizes(["09", "10"]), 6, 2, id="two counties"),
        pytest.param({place: BLEKINGE[place] for place in ("1080", "1081", "1083")}, 3, 0, id="with a hole"),
        pytest.param({**BLEKINGE, "1060": 1_200}, 5, 1, id="a municipality of 1,200"),
        pytest.param({"0512": 1_200, "1080": 36_800}, 2, 0, id="two places, one of 1,200"),
    ],
)
def test_whatever_areas_it_has(persons: dict[str, int], municipalities: int, counties: int, data: Path) -> None:
    """What holds all of its municipalities is summed, what does not is missing; nothing else is lost for it."""
    office = released(data, county_delivery.cells(persons))
    no_small_count_is_shown(office)
    whole = "indicator_id = 'raks_without_work' and dimension = 'total' and value is not null"
    shown = "select length(area_code), count(*) from protect.cell where {} group by 1 order by 1"
    wanted = [(2, counties), (4, municipalities)] if counties else [(4, municipalities)]
    assert ask(office, shown.format(whole)) == wanted
    weak = whole.replace("raks_without_work", "raks_weakly_established")
    assert ask(office, shown.format(weak)) == wanted


def harmed(rows: Sequence[Row], places: Sequence[str], who: tuple[str, ...], affiliation: str) -> list[Row]:
    """The rows, with everybody in these places with these words of one affiliation."""
    found: dict[tuple[object, ...], int] = {}
    for row in rows:
        here = row[0] in places and set(who) <= set(row)
        key = (*row[:6], affiliation, "" if affiliation == "7" else "etablerad") if here else row[:8]
        found[key] = found.get(key, 0) + int(str(row[8]))
    return [(*key, count) for key, count in found.items()]


def test_that_everybody_is_in_a_state_that_may_harm_is_not_told(data: Path) -> None:
    """All born abroad in two places are without work: hidden, with what would give it away."""
    rows = harmed(county_delivery.cells(BLEKINGE), ["1060", "1082"], ("utrikes född",), "7")
    office = released(data, rows)
    no_small_count_is_shown(office)
    born = (
        "dimension = 'country_of_birth' and group_code = 'foreign' and sex = 'total' and area_code in ('1060', '1082')"
    )
    states = "('raks_without_work', 'raks_weakly_established')"
    told = f"select area_code, count(*), count(value) from protect.cell where {born} and indicator_id "
    assert ask(office, f"{told} = 'raks_without_work' group by 1 order by 1") == [("1060", 1, 0), ("1082", 1, 0)]
    # nor by what is left: some other part of the group is hidden, so that it could have somebody
    others = ask(office, f"{told} not in {states} group by 1")
    assert len(others) == 2
    assert all(shown < made for _, made, shown in others)
    assert ask(office, f"select count(*) from protect.cell where value = 100 and indicator_id in {states}") == [(0,)]


def test_who_may_be_harmed_is_an_indicator_of_the_source() -> None:
    with pytest.raises(Refused, match="everybody names raks_nothing, which is in no classification"):
        read_rules("sources.yaml, table x", {"everybody": ["raks_nothing"], "classifications": [{"parts": ["a"]}]})


def test_a_county_of_one_category_is_published(data: Path) -> None:
    """Everybody is employed all year: all is shown as it is, with an interval that ends at 100."""
    office = released(data, harmed(county_delivery.cells(BLEKINGE), list(BLEKINGE), (), "1"))
    found = ask(
        office,
        "select indicator_id, min(value), max(value), max(ci_upper), count(*) - count(value) from protect.cell "
        "where area_code = '10' and dimension not like '%+%' group by 1 order by 1",
    )
    shares = {name: (least, most) for name, least, most, *_ in found}
    assert shares["raks_full_year_employed"] == (100, 100)
    assert shares["raks_without_work"] == (0, 0)
    assert max(hidden for *_, hidden in found) == 0
    assert max(upper for *_, upper, _ in found) == 100


PERSONS = """shape: raks_persons
columns:
  municipality: Kommun
  year: Ar
  sex: Kon
  birth_year: FodelseAr
  education: Utbildning
  country_of_birth: Fodelseland
  main_affiliation: Raks_Huvudanknytning
  establishment: Raks_EtablGrad
"""


def test_person_rows_of_a_county_give_what_its_cells_give(data: Path) -> None:
    """A row a person, with unknown education and establishment, against the cell table of the same persons."""
    rows = county_delivery.cells({place: persons // 10 for place, persons in BLEKINGE.items()})
    many = [int(str(row[8])) for row in rows]
    born = [int(str(row[1])) - int(str(row[3])[:2]) for row in rows]
    words = [[row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], born]
    words += [[row[place] or "ej tillämpligt" for row in rows] for place in (4, 5, 6, 7)]
    headings = (
        "Kommun",
        "Ar",
        "Kon",
        "FodelseAr",
        "Utbildning",
        "Fodelseland",
        "Raks_Huvudanknytning",
        "Raks_EtablGrad",
    )
    table = pa.table({name: np.repeat(np.array(word), many) for name, word in zip(headings, words, strict=True)})
    county_delivery.put(data, rows)
    office = county_delivery.office(data)
    columns = "indicator_id, area_code, dimension, group_code, sex, status, numerator, denominator"
    asked = f"select {columns} from indicator.everything order by all"
    told = ask(office, asked)
    folder = data / "inbox" / "raks"
    for path in folder.iterdir():
        path.unlink()
    pq.write_table(table, folder / "personer.parquet")
    (folder / "personer.parquet.yaml").write_text(PERSONS, encoding="utf-8")
    office.read()
    assert ask(office, asked) == told
    assert sum(row[6] for row in told if row[0] == "raks_weakly_established" and row[6]) > 1_000


def test_a_county_of_graduates_is_published(data: Path) -> None:
    """Graduates of one county, one and three years after: what is all or nobody in a state that may harm is hidden."""
    put_graduates(data, 2014, 0)
    office = county_delivery.office(data)
    office.connection.execute("delete from indicator.everything where area_code like '01%'")
    office.publish(RELEASE)
    no_small_count_is_shown(office)
    shown = "select count(*) from protect.cell where value is not null and length(area_code) = 4"
    assert ask(office, shown)[0][0] > 50
    assert ask(
        office, f"{shown} and value = 0 and (indicator_id like '%employed%' or indicator_id like '%establ%')"
    ) == [(0,)]
    assert ask(office, f"{shown} and value = 100 and indicator_id like '%neither%'") == [(0,)]
