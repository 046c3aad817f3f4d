"""The parsers on the recorded and reconstructed replies kept beside the repository; skipped without them.

Numbers expected here come from the files' own counts in ORIGIN.md and from the same table in another format,
never from these parsers.
"""

import csv
import re
from pathlib import Path

import pytest

from pipelines.formats.detect import parse_any
from pipelines.formats.tidy import Malformed, Tidy

FIXTURES = Path(__file__).resolve().parents[2].parent / "shared" / "fixtures"
pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason=f"the recorded replies are not at {FIXTURES}")


def read(name: str) -> list[tuple[str, Tidy]]:
    return parse_any((FIXTURES / name).read_bytes())


def one(name: str) -> Tidy:
    parts = read(name)
    assert len(parts) == 1
    return parts[0][1]


def origin() -> dict[str, str]:
    """File → what another program counted in it, from the last column of ORIGIN.md."""
    if not FIXTURES.is_dir():
        return {}
    rows = [line.split(" | ") for line in (FIXTURES / "ORIGIN.md").read_text("utf-8").splitlines()]
    return {row[0].lstrip("| "): row[-1].rstrip("| ") for row in rows if len(row) > 5 and "/" in row[0]}


COUNTED = {f: c for f, c in origin().items() if re.match(r"(js size|px \S+ langs|px-json rows)", c)}
METADATA = {f for f, c in COUNTED.items() if "value=list(0)" in c}
BROKEN = {"px_broken/BE0101F1errorTimeval.px"}  # its TIMEVAL has two periods, its VALUES one
READABLE = sorted(set(COUNTED) - METADATA - BROKEN)


@pytest.mark.parametrize("name", READABLE)
def test_cells_gaps_and_symbols_are_as_counted_by_another_program(name: str) -> None:
    counted = COUNTED[name]
    parts = [tidy for _, tidy in read(name)]
    rows = sum(map(len, parts))
    if counted.startswith("px-json"):
        match = re.search(r"rows=(\d+) types=\[(.*?)\]", counted)
        assert match
        assert rows == int(match[1]) * match[2].count("'c'")
        return
    assert rows == sum(map(int, re.findall(r"cells=(\d+)", counted)))
    assert sum(p.value.null_count for p in parts) == sum(map(int, re.findall(r"null=(\d+)", counted)))
    symbols = {s for p in parts for s in p.status.unique().to_pylist() if s}
    named = set(re.findall(r"'([^']*)'", " ".join(re.findall(r"(?:sym=|status=\S+ )\[(.*?)\]", counted))))
    # the count lists at most six symbols
    assert named <= symbols
    assert len(named) >= 6 or named == symbols


def test_the_list_of_readable_files_is_not_empty() -> None:
    assert len(READABLE) > 50


REFUSED = {
    "jsonstat/ons_QS104EW.json": "4 dimensions but `size` has 3",
    "jsonstat/collection.json": "collection",
    "pxwebapi2_spec/dataset-meta.json": "'Alder'",
    "pxwebapi2_spec/table-metadata-example-jsonstat-nocomments.json": "'Alder'",
    "pxwebapi2_server/metadata_tab001.json": "metadata, not data",
    "pxwebapi2_server/metadata_tab004.json": "metadata, not data",
    "scb_v2/TAB6471_metadata.json": "metadata, not data",
    "px_broken/BE0101F1errorTimeval.px": "TIMEVAL",
    "px_broken/BE0101F1errormissingValues.px": "VALUES are missing for the variable 'age'",
    "px_broken/BE0101F1missingData.px": "without DATA",
    "px/ex_Kommuner2003.vs": "value set",
    "px/ex_Lokala_arbetsmarknader98-.agg": "aggregation",
    "crossformat/TestParquet.parquet": "parquet",
    "errors/v1_400_scb_plain.txt": "no csv",
    "errors/sdb_404.html": "web page",
    "errors/v2_500_duplicate_value_code.txt": "empty",
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_malformed_files_are_refused_for_their_reason(name: str) -> None:
    with pytest.raises(Malformed, match=re.escape(REFUSED[name])):
        read(name)


def test_everything_else_is_refused_and_nothing_crashes() -> None:
    outside = 0
    csv_files = {"px/ine_2184_expected.csv", "crossformat/TestCsv.csv", "fohm/fohm_c19_death_data.csv"}
    csv_files |= {"kolada/ddf_n00053_gender.csv", "scb_csv/000000CD.csv", "scb_csv/000000CY.csv"}
    for path in sorted(FIXTURES.rglob("*")):
        name = path.relative_to(FIXTURES).as_posix()
        if path.is_dir() or name == "ORIGIN.md" or name in READABLE or name in csv_files:
            continue
        with pytest.raises(Malformed):
            read(name)
        outside += 1
    assert outside > 50


def by_code(tidy: Tidy, names: list[str]) -> dict[tuple[str, ...], tuple[float | None, str | None]]:
    table = tidy.table()
    keys = zip(*(table[n].to_pylist() for n in names), strict=True)
    cells = zip(table["value"].to_pylist(), table["status"].to_pylist(), strict=True)
    return dict(zip(keys, cells, strict=True))


def test_the_same_table_as_px_px_json_and_csv() -> None:
    px = by_code(one("crossformat/MultipleContent.px"), ["Statsbrgskap", "Tid", "ContentsCode"])
    json_px = by_code(one("crossformat/TestJson_jsonpx.json"), ["Statsbrgskap", "Tid", "ContentsCode"])
    assert len(px) == 53820
    assert px == json_px
    names = {"Nettoinnvandring": "Netto"}  # csv has headings only
    from_csv = {
        (s, t, names.get(c, c)): cell
        for (s, t, c), cell in by_code(one("crossformat/TestCsv.csv"), ["Statsbrgskap", "Tid", "contents"]).items()
    }
    assert px == from_csv


def test_px_and_json_stat_agree_on_codes_labels_values_and_symbols() -> None:
    px = one("px/pxwebapi_TAB001.px")
    derived = one("crossformat/TAB001_derived_jsonstat2.json")
    names = ["REGION", "SEX", "AGE", "ContentsCode", "TIME"]
    assert by_code(px, names) == by_code(derived, names)
    for a, b in zip(px.variables, derived.variables, strict=True):
        assert dict(zip(a.codes, a.labels, strict=True)) == dict(zip(b.codes, b.labels, strict=True))


def test_a_spanish_px_file_against_the_csv_its_publisher_expects() -> None:
    with (FIXTURES / "px" / "ine_2184_expected.csv").open(encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    table = one("px/ine_2184.px").table()
    names = [c for c in table.column_names if c.endswith("_label")]
    # that csv numbers the regions ("01 Andalucía") and has lost the blanks at the ends of the texts
    keys = [[str(k).strip() for k in table[n].to_pylist()] for n in names]
    mine = dict(zip(zip(*keys, strict=True), table["value"].to_pylist(), strict=True))
    theirs = {
        tuple(re.sub(r"^\d\d ", "", c).strip() for c in r[:4]): float(r[4]) if r[4].strip() else None for r in rows[1:]
    }
    assert len(theirs) == 9600
    assert mine == theirs


def test_scb_population_reads_with_codes_labels_and_unit() -> None:
    tidy = one("scb_v2/TAB638_data_small.json")
    rows = tidy.table().to_pylist()
    assert (rows[0]["Region"], rows[0]["Region_label"]) == ("0180", "Stockholm")
    assert [r["value"] for r in rows] == [984748, 988943, 600151, 604616]
    assert tidy.variable("ContentsCode").units["BE0101N1"].base == "antal"


def test_three_languages_in_one_px_file() -> None:
    content = (FIXTURES / "px" / "ex_BE0101F1langensvfiolikacelln.px").read_bytes()
    english, swedish, finnish = (parse_any(content, lang)[0][1] for lang in ("en", "sv", "fi"))
    assert english.variable("region").labels[0] == "00 Sweden"
    assert swedish.variable("region").labels[0] == "00 Riket"
    assert finnish.variable("region").labels[0] == "Ruotsi"
    assert swedish.variable("sex").labels == ("män", "kvinnor")
    assert english.value.equals(finnish.value)


def test_a_hierarchy_survives() -> None:
    region = one("px/ex_BE0101A1hier.px").variable("region")
    assert region.parents["0114"] == ("01",)
    assert region.parents["01"] == ("00",)
