"""A made-up delivery in the inbox of the small house, two years of it, and everything that can then be read.

One whole run; after it plain arithmetic and a look at bytes: that nothing derived rests on a hidden row, that a hidden
row has one word and no mark of why, that a planted count is nowhere. In the same inbox lie a year that one place alone
delivered, and graduates of whom nothing may be shown. Not here: the attack (test_attack.py), and a count in
a table of which nothing at all is shown (test_canary.py).
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tests.fixtures.canary_house import hits, numbers_hit
from tests.fixtures.graduates_house import put_graduates
from tests.fixtures.inbox_house import BANDS, HEADINGS, MAPPING, Row, cells, text
from tests.fixtures.small_house import SmallHouse
from tests.fixtures.warm_process import Done, WarmPython

pytest_plugins = ["tests.fixtures.small_fixtures"]

YEARS = (2019, 2022)
LONELY = 2021  # the year of which one municipality's cells are all there is
CANARY = 161_803  # persons of one cell, and of a municipality's cross, which is never shown
AFFILIATIONS = (("1", 0.5), ("2", 0.07), ("3", 0.06), ("4", 0.1), ("5", 0.03), ("6", 0.06), ("7", 0.18))
WHO = tuple(
    product(
        ("Kvinnor", "Män"), BANDS, ("gymnasial", "förgymnasial", "eftergymnasial"), ("Inrikes född", "Utrikes född")
    )
)
PLANTED = ("0580", 2022, "Kvinnor", "20-24", "gymnasial", "Utrikes född", "3", "Etablerad", CANARY)
RAKS = "list_has_any(string_split(source_ids, ', '), ['raks_cells'])"
OWN = f"indicator_id in (select indicator_id from indicator_value where {RAKS} and status <> 'not_fetched')"
KEY = "indicator_id, area_code, period, dimension, group_code, sex"


def delivery(places: list[str]) -> list[Row]:
    """Cells of every municipality; one cross of Linköping's is the planted count and nobody else."""
    random, rows = np.random.default_rng(6), []
    for number, place in enumerate(places):
        people = random.dirichlet(np.full(len(WHO), 3.0))
        for year in YEARS:
            for who, share in zip(WHO, people, strict=True):
                counts = random.multinomial(int(share * 500 * (1 + number) ** 1.3), [each for _, each in AFFILIATIONS])
                for (affiliation, _), count in zip(AFFILIATIONS, counts.tolist(), strict=True):
                    weak = 0 if affiliation == "7" else int(random.binomial(count, 0.2))
                    words = (
                        [("", count)]
                        if affiliation == "7"
                        else [("Etablerad", count - weak), ("Svagt etablerad", weak)]
                    )
                    cell = (place, year, *who, affiliation)
                    if (place, year, who[1], who[3], affiliation) != ("0580", 2022, "20-24", "Utrikes född", "3"):
                        rows += [(*cell, word, persons) for word, persons in words if persons]
    return [*rows, PLANTED]


@dataclass
class Read:
    """What can be read after the run: the release, and what was said. `warehouse` is nobody else's."""

    house: SmallHouse
    release: duckdb.DuckDBPyConnection
    done: Done
    unmapped: Done  # the run before, when there was no mapping yet

    @property
    def folder(self) -> Path:
        return (self.house.published / "latest").resolve()

    def rows(self, query: str) -> list[tuple]:
        return self.release.execute(query).fetchall()

    def count(self, query: str) -> int:
        return int(self.rows(f"select count(*) from {query}")[0][0])


@pytest.fixture(scope="module")
def read(small_released: Path, warm_python: WarmPython, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    path = tmp_path_factory.mktemp("delivered") / "house"
    shutil.copytree(small_released, path, symlinks=True)
    house = SmallHouse(path, warm_python, path.parent / "call")
    shutil.rmtree(house.data / "dagster")
    inbox = house.data / "inbox" / "raks"
    put_graduates(house.data, 2015, 2)
    lines = (path / "data" / "reference" / "areas.csv").read_text(encoding="utf-8").splitlines()[1:]
    (inbox / "leverans.csv").write_text(
        text([*delivery([line.split(",")[0] for line in lines]), *cells("0583", LONELY)], HEADINGS), encoding="utf-8"
    )
    unmapped = house.jamlik("run")
    (inbox / "leverans.csv.yaml").write_text(MAPPING, encoding="utf-8")
    listed = yaml.safe_load((house.data / "catalogue" / "indicators.yaml").read_text(encoding="utf-8"))["indicators"]
    for name in (each for each in listed if each.startswith("raks_")):  # one series, so that there are trends
        house.edit_entry("indicators.yaml", "indicators", name, lambda entry: entry.update(breaks=[]))
    done = house.jamlik("run")
    assert done.code == 0, done.err
    with duckdb.connect(str(house.published / "latest" / "jamlik.duckdb"), read_only=True) as release:
        release.execute(f"attach '{house.data / 'warehouse' / 'jamlik.duckdb'}' as warehouse (read_only)")
        release.execute(
            f"create temp table truth as select v.{KEY.replace(', ', ', v.')}, v.status, v.value, e.value as was, "
            f"e.numerator as count_, e.ci_lower as lower_, e.ci_upper as upper_ "
            f"from indicator_value v join warehouse.indicator.everything e using ({KEY}) "
            f"where list_has_any(string_split(v.source_ids, ', '), ['raks_cells'])"
        )
        release.execute("detach warehouse")
        yield Read(house, release, done, unmapped)


def test_it_is_a_real_release_with_much_hidden(read: Read) -> None:
    hidden = read.count("truth where status = 'suppressed' and dimension not like '%+%'")
    shown = read.count("truth where status = 'observed' and dimension not like '%+%'")
    assert hidden > 500
    assert shown > 500
    assert read.count("truth where status = 'suppressed' and count_ between 1 and 4") > 100
    assert read.count("truth where status = 'suppressed' and count_ > 20 and dimension not like '%+%'") > 20
    for year in YEARS:
        assert read.count(f"truth where status = 'observed' and period = '{year}'") > 100


def test_the_made_up_delivery_gives_way_to_it(read: Read) -> None:
    assert read.unmapped.code == 1
    assert "leverans.csv has no mapping beside it" in read.unmapped.err
    assert read.count("indicator_value where provenance = 'synthetic'") == 0
    shown = read.rows(
        "select count(*), count(*) filter (numerator between 1 and 4 or denominator - numerator between 1 and 4 or "
        "denominator between 1 and 9), min(provenance), max(provenance) from indicator_value "
        f"where source_ids = 'raks_cells' and status <> 'not_fetched' group by period = '{LONELY}'"
    )
    assert len(shown) == 2
    for rows, *told in shown:
        assert rows > 100
        assert told == [0, "computed", "computed"]
    landed = read.rows("select table_id, landing, rows from source_table where table_id like 'raks_%' order by 1")
    assert landed == [
        ("raks_cells", "inbox", None),
        ("raks_flows", "none", None),
        ("raks_graduates", "inbox", None),
        ("raks_main_affiliation", "snapshot", 40),
        ("raks_synthetic", "made", None),
    ]


def test_follow_up_years_of_graduates_that_overlap_are_withheld(read: Read) -> None:
    """Two intervals that share a year would give single years away."""
    rows = read.rows(
        "select count(*), status, status_reason from indicator_value where indicator_id like 'raks_graduates%' "
        "and source_ids = 'raks_graduates' and status <> 'not_fetched' group by all"
    )
    assert rows == [(17 * 3 * 8, "suppressed", "hidden_here")]


def test_hidden_rows_are_alike_in_every_column_but_their_key(read: Read) -> None:
    """Small or for others' sake: nothing in a row says which; how many of each, the ledger's report alone."""
    names = [name for (name,) in read.rows("select column_name from (describe indicator_value)")]
    of_the_key = [*KEY.split(", "), "area_level", "year", "period_start", "period_end", "break_before", "comparable"]
    others = [name for name in names if name not in (*of_the_key, "weight", "weight_basis")]
    hidden = f"from indicator_value where {RAKS} and status = 'suppressed'"
    (row,) = read.rows(f"select distinct {', '.join(others)} {hidden}")
    told = {name: value for name, value in zip(others, row, strict=True) if value is not None}
    computed = {"provenance": "computed", "source_ids": "raks_cells"}
    assert told == {"status": "suppressed", "status_reason": "hidden_here", **computed}
    weights = {basis for (basis,) in read.rows(f"select distinct weight_basis {hidden} and weight is not null")}
    assert weights <= {"population_n01951"}, "a public population, never the delivery's own"
    reasons = ("for_others", "information_lost", "hidden_before", "protected_counts")
    report = next((read.house.data / "ledger" / "deliveries" / "reports").glob("*.json")).read_text(encoding="utf-8")
    assert all(reason in report for reason in reasons), "the report does say it"
    for folder in (read.folder, read.house.data / "dagster"):
        for path in (each for each in folder.rglob("*") if each.is_file()):
            content = path.read_bytes()
            assert not any(reason.encode() in content for reason in reasons), path
    assert not any(reason in read.done.out + read.done.err for reason in reasons)


def test_the_ledger_lies_beside_what_is_published_never_in_it(read: Read) -> None:
    book = read.house.data / "ledger" / "deliveries"
    own = {path.name for path in book.rglob("*") if path.is_file()} - {path.parent.name for path in book.rglob("*")}
    assert len(own) >= 4
    published = [path for path in read.house.published.rglob("*") if path.is_file()]
    assert published
    assert not own & {path.name for path in published}
    for path in published:
        assert not any(name.encode() in path.read_bytes() for name in own if "-" in name and name.endswith("parquet"))


def test_an_interval_is_made_of_the_shown_counts_alone(read: Read) -> None:
    """Wilson's interval and the binomial error, worked out again from what stands in the same row."""
    z = 1.959963984540054
    rows = np.array(
        read.rows(f"select numerator, denominator, value, se, ci_lower, ci_upper, weight from indicator_value "
                  f"where {RAKS} and status = 'observed'"), dtype=float
    ).T  # fmt: skip
    x, n, value, se, lower, upper, weight = rows
    p = x / n
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert np.allclose(value, 100 * p, rtol=1e-12)
    assert np.allclose(np.nan_to_num(se), 100 * np.sqrt(p * (1 - p) / n), rtol=1e-9)
    assert np.allclose(lower, 100 * (middle - half) / (1 + z**2 / n), atol=1e-9)
    assert np.allclose(upper, 100 * (middle + half) / (1 + z**2 / n), atol=1e-9)
    assert (weight == n).all()


def test_comparisons_ranks_and_trends_of_a_hidden_row_have_no_number(read: Read) -> None:
    hidden = f"(select {KEY} from indicator_value where {RAKS} and status = 'suppressed')"
    others = ("rank_of", "comparator_value", "comparator_areas")
    for table in ("benchmark", "municipality_rank"):
        kinds = dict(read.rows(f"select column_name, column_type from (describe {table})"))
        numbers = [name for name, kind in kinds.items() if kind in ("DOUBLE", "BIGINT", "INTEGER")]
        assert "value" in numbers
        assert read.count(f"{table} where {OWN} and value is not null") > 50
        told = " or ".join(f"t.{name} is not null" for name in numbers if name not in others)
        assert read.count(f"{table} t join {hidden} v using ({KEY}) where {told}") == 0, table
    same = "v.period = b.period and v.dimension = b.dimension and v.group_code = b.group_code and v.sex = b.sex"
    holder = "case b.comparator when 'nation' then '00' else b.area_code[:2] end"
    above = f"""(
        select b.comparator_value as told, b.comparator_basis as basis,
            max(case when v.area_code = {holder} then v.value end) as own,
            sum(case when v.area_level = 'municipality' then v.value * v.denominator end)
                / sum(case when v.area_level = 'municipality' then v.denominator end) as mean
        from benchmark b join indicator_value v on v.indicator_id = b.indicator_id and {same} and v.value is not null
            and (v.area_code = {holder} or v.area_code[:2] = {holder} or {holder} = '00')
        where b.{OWN} and b.comparator in ('nation', 'county') and b.comparator_value is not null
        group by b.comparator, b.comparator_value, b.comparator_basis, b.area_code, b.indicator_id, b.dimension,
            b.group_code, b.sex
    )"""
    assert read.count(f"{above} where basis = 'figure'") > 50
    assert read.count(f"{above} where basis = 'weighted_mean'") > 5, "the county's own row is hidden"
    for basis, made in (("figure", "own"), ("weighted_mean", "mean")):
        wrong = f"({made} is null or abs({made} - told) > 1e-9)"
        assert read.count(f"{above} where basis = '{basis}' and {wrong}") == 0, "made of shown figures"
    ends = f"trend t where {OWN} and t.measure = 'value' and t.first_estimate is not null"
    assert read.count(ends) > 50
    for end in ("first", "last"):
        same = "v.dimension = t.dimension and v.group_code = t.group_code and v.sex = t.sex"
        shown = (
            f"select 1 from indicator_value v where v.indicator_id = t.indicator_id and v.area_code = t.area_code "
            f"and v.period = t.{end}_period and {same} and abs(v.value - t.{end}_estimate) < 1e-9"
        )
        assert read.count(f"{ends} and not exists ({shown})") == 0, end


def test_every_difference_is_one_of_two_shown_figures(read: Read) -> None:
    group = (
        f"from inequality i where {OWN} and i.dimension in ('age', 'education', 'country_of_birth', 'sex') "
        f"and i.stratum = 'total' and i.estimate is not null"
    )
    assert read.count(f"(select 1 {group} and i.measure in ('d', 'r'))") > 200
    shown = """(
        select * from indicator_value v
        where v.indicator_id = i.indicator_id and v.area_code = i.area_code and v.period = i.period
            and v.dimension = i.dimension and (i.dimension = 'sex' or v.sex = i.sex) and v.value is not null
    )"""
    few = f"(select 1 {group} and (select count(*) from {shown} s) < 2)"
    assert read.count(few) == 0, "no measure of fewer than two shown groups"
    ways = {
        "d": "abs(abs(a.value - b.value) - abs(i.estimate))",
        "r": "abs(a.value / nullif(b.value, 0) / i.estimate - 1)",
    }
    for measure, off in ways.items():
        pair = f"exists (select 1 from {shown} a, {shown} b where {off} < 1e-9)"
        assert read.count(f"(select 1 {group} and i.measure = '{measure}' and not {pair})") == 0, measure
    local = """(
        select * from indicator_value v where v.indicator_id = i.indicator_id and v.period = i.period and v.sex = i.sex
            and v.dimension in ('total', 'sex') and v.area_level = 'municipality' and v.area_code[:2] = i.area_code
    )"""
    pair = f"exists (select 1 from {local} a, {local} b where {ways['d']} < 1e-9)"
    ranges = f"inequality i where {OWN} and i.dimension = 'municipality' and i.area_code <> '00' and i.measure = 'd'"
    assert read.count(f"{ranges} and i.estimate is not null") > 10
    assert read.count(f"{ranges} and i.estimate is not null and not {pair}") == 0, "a county's range"


def test_no_hidden_figure_stands_in_any_table_or_page(read: Read) -> None:
    """Each hidden row's true ends of its interval, which hold a root that no fraction of shown counts equals."""
    needles = {
        status: np.array(read.rows(f"select unnest([lower_, upper_]) from truth where status = '{status}'"), float)
        for status in ("suppressed", "observed")
    }
    told = needles["suppressed"][np.nan_to_num(needles["suppressed"]) % 1 > 1e-6]
    secret = np.setdiff1d(told.round(9), needles["observed"].round(9))
    assert len(secret) > 3_000
    files = [*(read.folder / "parquet").glob("*.parquet"), *(read.folder / "site" / "data").rglob("*.parquet")]
    assert len(files) > 40
    found, numbers = [], 0
    for path in files:
        data = pq.read_table(path)
        own = [n for n in data.column_names if pa.types.is_floating(data[n].type)]
        if "source_ids" in data.column_names:
            data = data.filter([("raks_cells" in (each or "")) for each in data["source_ids"].to_pylist()])
        elif "indicator_id" in data.column_names:
            data = data.filter([(each or "").startswith("raks_") for each in data["indicator_id"].to_pylist()])
        elif not path.stem.startswith("raks_"):
            continue
        for name in own:
            values = np.unique(data[name].drop_null().to_numpy().round(9))
            numbers += len(values)
            if len(same := np.intersect1d(values, secret)):
                found.append((path.name, name, len(same)))
    assert numbers > 10_000
    assert found == []


def test_the_canary_of_a_delivery_is_found_nowhere(read: Read) -> None:
    rows = read.release.execute(f"select dimension, status from truth where count_ = {CANARY}").fetchall()
    assert ("age+country_of_birth", "suppressed") in rows, "a row of the truth is the canary"
    assert not numbers_hit(read.folder, CANARY)
    inbox, out = read.house.data / "inbox" / "raks" / "leverans.csv", read.house.path / "export"
    out.mkdir(exist_ok=True)
    calls = [
        ("inbox", str(inbox)),
        ("audit",),
        ("tables",),
        ("profile", "Linköping", "--full"),
        ("sql", f"from indicator_value where {RAKS}", "--format", "csv"),
        ("export-heat", "-o", str(out / "heat.csv")),
        ("export-heat", "-o", str(out / "heat.xlsx")),
    ]
    said = [read.done.out, read.done.err]
    for call in calls:
        done = read.house.jamlik(*call)
        assert done.code == 0, (call, done.err)
        said += [done.out, done.err]
    whole = inbox.read_text(encoding="utf-8")
    line = ";".join(str(word) for word in PLANTED)
    spoiled = {
        "ragged": f"{line};1",
        "no such place": line.replace("0580", "9999"),
        "twice": f"{line}\n{line}",
        "no such word": line.replace("Etablerad", "Etablerat"),
        "no number": f"{line}x",
        "half a person": f"{line}.5",
        "fewer than nobody": line.replace(f"{CANARY}", f"-{CANARY}"),
    }
    assert whole.count(line) == 1
    for name, bad in spoiled.items():
        inbox.write_text(whole.replace(line, bad), encoding="utf-8")
        done = read.house.jamlik("inbox", str(inbox))
        assert done.code == 1, (name, done.out)
        assert "Traceback" not in done.err
        said += [done.out, done.err]
    failed = read.house.jamlik("run")
    assert failed.code == 1
    inbox.write_text(whole, encoding="utf-8")
    places = [read.folder, read.house.data / "dagster", out]
    assert not hits(places, [*said, failed.out, failed.err], CANARY)
    assert hits([inbox.parent], [], CANARY), "the scan finds what is there to be found"
