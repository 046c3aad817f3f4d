"""Person rows against a cell table of the same persons, counted here with pandas: the same indicators.

The persons are made up (tests/fixtures/raks_people.py).
"""

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from pipelines import settings
from pipelines.inbox import store
from schemas.registry import source_contract
from tests.fixtures import raks_people
from tests.fixtures.inbox_house import MAPPING, Inbox, inbox  # noqa: F401  a fixture

YEARS = [2021, 2022, 2023]
PERSONS = 4_000
PLACES = ["0580", "0583", "0114"]
EDUCATION = {1: "primary", 2: "primary", 3: "secondary", 4: "tertiary", 5: "tertiary", 6: "tertiary", 9: "unknown"}
FLOWS = MAPPING.replace("raks_cells", "raks_flows").replace(
    "  main_affiliation:", "  from_affiliation: Fran\n  from_establishment: Franetabl\n  main_affiliation:"
)


def _counted(path: Path) -> pd.DataFrame:
    """The person rows with age band and establishment, as the order form defines them."""
    rows = pd.read_parquet(path)
    age = rows["Ar"].astype(int) - rows["FodelseAr"].astype(int)
    last = (rows["Ar"] >= 2023).map({True: 65, False: 64})
    rows = rows.assign(age=age, last=last)[(age >= 20) & (age <= last)].copy()
    edges = [(20, 24), (25, 34), (35, 44), (45, 54)]
    rows["band"] = ""
    for low, high in edges:
        rows.loc[rows["age"].between(low, high), "band"] = f"{low}-{high}"
    rows.loc[rows["band"] == "", "band"] = "55-" + rows["last"].astype(str)
    rows["level"] = rows["Sun2020Niva"].map(EDUCATION)
    rows["birth"] = rows["FodelseLandGrupp"].map({0: "native", 1: "foreign", 2: "foreign"})
    rows["sex"] = rows["Kon"].map({1: "men", 2: "women"})
    rows["degree"] = _degrees(rows, pd.read_parquet(path))
    return rows


def _degrees(rows: pd.DataFrame, everybody: pd.DataFrame) -> pd.Series:
    if rows["Raks_EtablGrad"].notna().all():
        return rows["Raks_EtablGrad"].map({0: "none", 1: "established", 2: "weak"})
    limit = rows["Raks_EtablGrans"].astype("float64")
    if limit.isna().all():
        everybody = everybody.assign(age=everybody["Ar"].astype(int) - everybody["FodelseAr"].astype(int))
        at_work = everybody[(everybody["Raks_Huvudanknytning"] < 7) & (everybody["Raks_Forvink"] > 0)]
        medians = _classed(at_work).groupby(["Ar", "Kon", "level", "class"])["Raks_Forvink"].median() * 0.6
        keys = list(_classed(rows)[["Ar", "Kon", "level", "class"]].itertuples(index=False, name=None))
        limit = pd.Series([medians.get(key, float("nan")) for key in keys], index=rows.index)
        limit[rows["level"] == "unknown"] = float("nan")
    made = (rows["Raks_Forvink"] < limit).map({True: "weak", False: "established"})
    made[limit.isna()] = "unknown"
    made[rows["Raks_Huvudanknytning"] == 7] = "none"
    return made


def _classed(rows: pd.DataFrame) -> pd.DataFrame:
    """114 groups: one-year classes to 24, five-year classes to 74, three levels, two sexes."""
    classes = rows["age"].where(rows["age"] <= 24, 25 + 5 * ((rows["age"] - 25) // 5))
    return rows.assign(level=rows["Sun2020Niva"].map(EDUCATION), **{"class": classes.where(rows["age"] <= 74)})


def _csv(frame: pd.DataFrame, more: dict[str, str] | None = None) -> str:
    names = {
        "Kommun": "Kommun",
        "Ar": "År",
        "sex": "Kön",
        "band": "Ålder",
        "level": "Utbildning",
        "birth": "Födelseland",
        **(more or {}),
        "Raks_Huvudanknytning": "Huvudanknytning",
        "degree": "Etableringsgrad",
    }
    counted = frame.groupby(list(names)).size().reset_index(name="Antal").rename(columns=names)
    return counted.to_csv(index=False, sep=";")


@pytest.fixture(params=raks_people.LACKING)
def people(request: pytest.FixtureRequest, inbox: Inbox) -> tuple[Inbox, pd.DataFrame]:  # noqa: F811
    path = inbox.folder / "rader.parquet"
    raks_people.write(path, PERSONS, YEARS, PLACES, request.param)
    inbox.put(path.read_bytes(), raks_people.MAPPING, path.name)
    return inbox, _counted(path)


def _plain(table: pa.Table, contract: str = "affiliation_cells") -> pa.Table:
    """Texts as texts: counted rows come with dictionaries."""
    return table.cast(source_contract("raks", contract).arrow())


def _indicators(table: pa.Table, model: str) -> list[tuple[object, ...]]:
    """Every row of an indicator model over a landed table, by the model's own SQL."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
        connection.execute("create schema core")
        connection.register("landed", table)
        connection.execute(
            f"create table core.{'raks_flow' if 'flow' in model else 'raks_cell'} as select * exclude (municipality, "
            f"value, status), municipality as area_code, value as persons, 'observed' as status, "
            f"null::varchar as status_reason, 'computed' as provenance, 'x' as source_ids from landed"
        )
        connection.execute(
            "create table core.area_within as select area_code, unnest([area_code, area_code[:2], '00']) "
            "as within_area_code from (select distinct municipality as area_code from landed)"
        )
        connection.execute(
            "create table core.raks_main_affiliation (area_code varchar, year int, main_affiliation varchar)"
        )
        sql = (settings.SQL / "indicators" / f"{model}.sql").read_text(encoding="utf-8")
        return connection.sql(f"select * from ({sql}) order by all").fetchall()


def test_person_rows_and_their_own_cell_table_give_the_same(people: tuple[Inbox, pd.DataFrame]) -> None:
    inbox, frame = people  # noqa: F811
    from_rows = _plain(inbox.table())
    (inbox.folder / "rader.parquet").rename(inbox.folder.parent / "rader.parquet")
    inbox.put(_csv(frame), name="celler.csv")
    from_cells = inbox.table()
    order = [(name, "ascending") for name in from_rows.schema.names]
    assert from_rows.sort_by(order).equals(from_cells.sort_by(order))
    assert sum(from_rows["value"].to_pylist()) == len(frame)
    found = _indicators(from_rows, "raks_cells")
    assert len(found) > 3_000
    assert found == _indicators(from_cells, "raks_cells")


def test_flows_of_person_rows_and_of_a_flow_table_give_the_same(people: tuple[Inbox, pd.DataFrame]) -> None:
    inbox, frame = people  # noqa: F811
    from_rows = _plain(inbox.table("raks_flows"), "affiliation_flows")
    (inbox.folder / "rader.parquet").rename(inbox.folder.parent / "rader.parquet")
    before = frame[["LopNr", "Ar", "Raks_Huvudanknytning", "degree"]].assign(Ar=frame["Ar"] + 1)
    before = before.rename(columns={"Raks_Huvudanknytning": "before", "degree": "degree_before"})
    joined = frame.merge(before, on=["LopNr", "Ar"])
    inbox.put(_csv(joined, {"before": "Fran", "degree_before": "Franetabl"}), FLOWS, "floden.csv")
    from_cells = inbox.table("raks_flows")
    order = [(name, "ascending") for name in from_rows.schema.names]
    assert from_rows.sort_by(order).equals(from_cells.sort_by(order))
    assert set(from_rows["year"].to_pylist()) == {2022, 2023}
    assert _indicators(from_rows, "raks_flows") == _indicators(from_cells, "raks_flows")


def test_a_year_of_flows_that_is_changed_stands_beside_one_that_is_not(inbox: Inbox) -> None:  # noqa: F811
    path = inbox.folder / "rader.parquet"
    raks_people.write(path, PERSONS, YEARS, PLACES)
    inbox.put(path.read_bytes(), raks_people.MAPPING, path.name)
    whole = _plain(inbox.table("raks_flows"), "affiliation_flows")
    rows = pd.read_parquet(path)
    rows.loc[(rows["Ar"] == YEARS[-1]) & (rows["Raks_EtablGrad"] == 0), "Raks_EtablGrad"] = 9
    rows.to_parquet(path)
    inbox.put(path.read_bytes(), raks_people.MAPPING.replace("0: none}", "0: none, 9: unknown}"), path.name)
    order = [(name, "ascending") for name in whole.schema.names]
    changed = _plain(inbox.table("raks_flows"), "affiliation_flows")
    assert changed.sort_by(order).equals(whole.sort_by(order))


def _rewritten(inbox: Inbox, change: dict[str, object]) -> None:  # noqa: F811
    """The made-up rows with every cell of some columns replaced."""
    path = inbox.folder / "rader.parquet"
    raks_people.write(path, 200, [2021, 2022], PLACES)
    table = pa.parquet.read_table(path)
    for name, value in change.items():
        place = table.schema.get_field_index(name)
        column = pa.array([value] * table.num_rows)
        table = table.remove_column(place) if value is None else table.set_column(place, name, column)
    pa.parquet.write_table(table, path)
    inbox.put(path.read_bytes(), raks_people.MAPPING, path.name)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Raks_Huvudanknytning": 9}, "main_affiliation is '9', which is no code of it"),
        ({"Raks_Huvudanknytning": 7, "Raks_EtablGrad": 1}, "establishment cannot be what it is beside that"),
        ({"Kommun": "9999"}, "municipality is '9999', which is no municipality"),
        ({"Ar": 2002}, "year is 2002, but the series begins in 2003"),
        ({"FodelseAr": "okänt"}, "year, birth year and income must be numbers in every row"),
        ({"FodelseAr": float("nan")}, "rader.parquet"),
        ({"Kon": None}, "has no column 'Kon'"),
        ({"LopNr": 1}, "row(s) repeat a person; deliver one row a person and year"),
    ],
)
def test_bad_person_rows_are_refused(inbox: Inbox, change: dict[str, object], said: str) -> None:  # noqa: F811
    _rewritten(inbox, change)
    message = inbox.refusal("raks_flows" if "LopNr" in change else "raks_cells")
    assert said in message
    assert "rader.parquet" in message


def test_person_rows_lie_where_they_lie(inbox: Inbox, tmp_path: Path) -> None:  # noqa: F811
    """A folder of parts is one delivery, and nothing is written while it is read."""
    folder = inbox.folder / "rader"
    folder.mkdir()
    for year in YEARS:
        raks_people.write(folder / f"ar={year}.parquet", 500, [year], PLACES)
    (inbox.folder / "rader.yaml").write_text(raks_people.MAPPING, encoding="utf-8")
    before = sorted(path for path in tmp_path.rglob("*"))
    table = inbox.table()
    assert set(table["year"].to_pylist()) == set(YEARS)
    assert sorted(path for path in tmp_path.rglob("*")) == before
    assert store.fingerprint("raks_flows", "raks") == store.fingerprint("raks_cells", "raks") != ""


@pytest.mark.parametrize("fault", ["cut off", "of other columns", "no parquet"])
def test_a_folder_with_a_part_that_is_not_like_the_others_is_refused(inbox: Inbox, fault: str) -> None:  # noqa: F811
    folder = inbox.folder / "rader"
    folder.mkdir()
    for year in YEARS:
        raks_people.write(folder / f"ar={year}.parquet", 500, [year], PLACES)
    (inbox.folder / "rader.yaml").write_text(raks_people.MAPPING, encoding="utf-8")
    last = folder / f"ar={YEARS[-1]}.parquet"
    if fault == "of other columns":
        pa.parquet.write_table(pa.parquet.read_table(last).drop_columns(["Kon"]), last)
    else:
        last.write_bytes(last.read_bytes()[:-2_000] if fault == "cut off" else b"Kommun;Ar")
    said = inbox.refusal()
    assert "rader" in said
    assert "does not read as person rows" in said
