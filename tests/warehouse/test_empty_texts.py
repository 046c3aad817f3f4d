"""An empty text is no value: where a text is required it is refused, and where it may be missing it is null."""

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.warehouse.contracts import audit
from schemas import registry

ROW = {"unit": "percent", "label_sv": "procent", "label_en": "per cent", "scale": 100.0, "family": "share"}


@pytest.fixture
def units() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema mart")
        connection.execute(
            "create table mart.unit (unit varchar, label_sv varchar, label_en varchar, scale double, family varchar,"
            " decimals integer)"
        )
        connection.execute("insert into mart.unit values (?, ?, ?, ?, ?, 1)", list(ROW.values()))
        yield connection


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_an_empty_text_is_refused_by_column_and_row(units: duckdb.DuckDBPyConnection, blank: str) -> None:
    contract = registry.CONTRACTS["mart.unit"]
    assert audit(units, contract).passed
    units.execute("update mart.unit set label_en = ?", [blank])
    verdict = audit(units, contract)
    assert "row 1 (unit percent): label_en must be a text that is not empty" in verdict.sentence


def test_no_released_text_may_be_empty() -> None:
    released = [table for name, table in registry.CONTRACTS.items() if name.startswith("mart.")]
    assert len(released) > 15
    assert not [(table.name, each.name) for table in released for each in table.fields if each.may_be_blank]


def test_an_empty_cell_at_the_source_is_still_a_symbol() -> None:
    """What a publisher means by a cell without text stands in missing_symbols.csv, under the empty text."""
    with duckdb.connect() as connection:
        connection.execute("create schema source")
        connection.execute(
            "create table source.missing_symbols as select 'scb' as source, '' as symbol, 'missing' as status,"
            " 'source_gave_none' as status_reason, 'Cellen var tom.' as meaning_sv"
        )
        contract = registry.source_contract("missing_symbols", "missing_symbols")
        assert audit(connection, contract).passed
        connection.execute("update source.missing_symbols set meaning_sv = ''")
        assert "meaning_sv must be a text that is not empty" in audit(connection, contract).sentence
