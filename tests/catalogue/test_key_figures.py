"""The used key figures and those not used, together and without overlap, are what lies in the snapshot of Kolada's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
import yaml

from pipelines import settings
from pipelines.catalogue.key_figures import check_key_figures
from pipelines.errors import Refused
from tests.fixtures.small_house import Latest, SmallHouse

pytest_plugins = ["tests.fixtures.small_fixtures"]

Content = dict[str, Any]


def _read(name: str) -> Content:
    (content,) = yaml.safe_load((settings.CATALOGUE / name).read_text(encoding="utf-8")).values()
    return content


def test_the_used_and_the_not_used_are_the_snapshot() -> None:
    used = [each["kpi"] for entry in _read("indicators.yaml").values() for each in entry.get("kolada") or []]
    named = sorted([*used, *_read("kolada_not_used.yaml")])
    parts = settings.SNAPSHOT.glob("kolada_*/*.parquet")
    held = {kpi for part in parts for kpi in pyarrow.parquet.read_table(part, columns=["kpi"])["kpi"].to_pylist()}
    assert named == sorted(held)


def _uses(kpi: str) -> Callable[[Content, Content], None]:
    return lambda indicators, _: indicators["neet_16_24"]["kolada"].append({"kpi": kpi})


@pytest.mark.parametrize(
    ("change", "naming"),
    [
        (_uses("N07609"), ("kolada_not_used.yaml", "N07609", "neet_16_24 in data/catalogue/indicators.yaml uses it")),
        (lambda _, not_used: not_used.pop("N07609"), ("data/snapshot/kolada_values", "N07609", "does not say why")),
        (
            lambda _, not_used: not_used.update(N99998={"reason_sv": "x"}),
            ("data/catalogue/kolada_not_used.yaml: the key figure N99998", "no value"),
        ),
        (_uses("N99999"), ("indicators.yaml, indicator neet_16_24", "N99999", "jamlik fetch")),
        (lambda _, not_used: not_used["N07609"].pop("reason_sv"), ("N07609", "'reason_sv' is missing")),
    ],
)
def test_a_key_figure_named_twice_or_not_at_all_is_refused(
    change: Callable[[Content, Content], None],
    naming: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    indicators, not_used = _read("indicators.yaml"), _read("kolada_not_used.yaml")
    held = {each["kpi"] for entry in indicators.values() for each in entry.get("kolada") or []} | set(not_used)
    change(indicators, not_used)
    (tmp_path / "indicators.yaml").write_text(yaml.safe_dump({"indicators": indicators}), encoding="utf-8")
    (tmp_path / "kolada_not_used.yaml").write_text(yaml.safe_dump({"kolada_not_used": not_used}), encoding="utf-8")
    monkeypatch.setattr(settings, "CATALOGUE", tmp_path)
    with pytest.raises(Refused) as fault:
        check_key_figures(held)
    for words in naming:
        assert words in str(fault.value)


def test_a_figure_fetched_since_may_be_used_and_need_not_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {**_read("indicators.yaml")["neet_16_24"], "kolada": [{"kpi": "N00002"}]}
    (tmp_path / "indicators.yaml").write_text(yaml.safe_dump({"indicators": {"x": entry}}), encoding="utf-8")
    (tmp_path / "kolada_not_used.yaml").write_text("kolada_not_used: {}\n", encoding="utf-8")
    monkeypatch.setattr(settings, "CATALOGUE", tmp_path)
    check_key_figures(set(), {"N00002", "N00003"})


def test_a_run_refuses_a_reason_for_a_figure_that_is_used(released_only: SmallHouse) -> None:
    before = Latest.of(released_only.published)
    path = released_only.data / "catalogue" / "kolada_not_used.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["kolada_not_used"]["N02797"] = {"reason_sv": "Ingen använder det."}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    released_only.refused(released_only.jamlik("run"), "kolada_not_used.yaml", "N02797", "neet_16_24", before=before)
