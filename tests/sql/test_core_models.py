"""The core models on made-up landing rows: symbols become statuses, labels codes, and what is unknown is refused.

Areas, labels and symbols are the real reference files; the figures are made up, since the snapshot holds hardly any
symbols. Not here: figures of the real sources (test_figures), and figures known to be false (test_known_faults).
"""

from dataclasses import dataclass
from typing import Any

import pytest

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.warehouse import contracts
from pipelines.warehouse.models import read_model
from schemas.registry import model_contract, source_contract
from tests.fixtures.core_house import Row, built, warehouse


@dataclass(frozen=True)
class Spec:
    """A core model over one source table: a good landing row's `cells` as in the contract, and the result."""

    model: str
    table: str
    cells: tuple[Any, ...]
    result: str
    factor: float = 1.0
    publisher: str = "scb"

    @property
    def good(self) -> Row:
        contract = source_contract(self.table, entries.sources()[self.table].contract)
        names = [column.name for column in contract.fields if column.name not in {"value", "status"}]
        return dict(zip(names, self.cells, strict=True))

    def landed(self, **cell: Any) -> dict[str, list[Row]]:
        """The good row with this cell; for turnout, whose figures come in pairs, with a good other half."""
        rows = [{**self.good, **cell}]
        if "contents" in self.good:
            other = "turnout_percent" if self.good["contents"] == "eligible" else "eligible"
            rows.append({**self.good, "contents": other, "value": 80.0})
        return {self.table: rows}


ALONE = "ensamstående kvinnor med barn 0-24 år"
LOW = "förgymnasial utbildning"
SPECS = (
    Spec("education", "scb_education", ("0580", "gymnasial utbildning, 3 år", "25-34 år", "kvinnor", 2019), "persons"),
    Spec("household_tenure", "scb_household_tenure", ("0580", ALONE, "småhus, äganderätt", 2019), "households"),
    Spec("income", "scb_income", ("0580", "kvinnor", "16-19 år", "Median", 2018), "income_sek", 1000),
    Spec("population_by_age", "scb_population", ("0580", 30, "kvinnor", 2019), "persons"),
    Spec("population_by_age", "scb_population_election_month", ("0580", 30, "women", 2018), "persons"),
    Spec("riksdag_turnout", "scb_turnout_by_education", ("0580", "kvinnor", LOW, "eligible", 2022), "eligible"),
    Spec(
        "riksdag_turnout", "scb_turnout_by_age", ("0580", "män", "18-29 år", "turnout_percent", 2022), "turnout_percent"
    ),
    Spec("raks_main_affiliation", "raks_main_affiliation", ("00", "20-64", "1", "Helårsanställd", 2003), "persons"),
    Spec("registered_unemployed", "af_unemployed", ("0580", "2018-05"), "persons", 1, "arbetsformedlingen"),
    Spec("kolada_value", "kolada_values", ("N00001", "0580", 2020, "K"), "value", 1, "kolada"),
)
SYMBOLS: dict[str, dict[str, tuple[str, str | None]]] = {
    "scb": {
        "..": ("missing", "not_available_at_source"),
        "<5": ("suppressed", "secrecy_at_source"),
        "": ("missing", "source_gave_none"),
        ".": ("not_applicable", None),
    },
    "arbetsformedlingen": {
        "..": ("suppressed", "secrecy_at_source"),
        "<5": ("suppressed", "secrecy_at_source"),
        "": ("missing", "source_gave_none"),
    },
    "kolada": {
        "null": ("missing", "source_gave_none"),
        "Missing": ("missing", "source_gave_none"),
        "Private": ("suppressed", "secrecy_at_source"),
        "isdeleted": ("missing", "withdrawn_at_source"),
        "-": ("missing", "nonresponse"),
        ".": ("not_applicable", None),
        "..": ("suppressed", "secrecy_at_source"),
    },
}


def one(rows: list[Row], **key: Any) -> Row:
    found = [row for row in rows if all(row[name] == value for name, value in key.items())]
    assert len(found) == 1, f"{len(found)} rows with {key}"
    return found[0]


def _area(spec: Spec) -> str:
    return "00" if spec.table == "raks_main_affiliation" else "0580"


def _id(spec: Spec) -> str:
    return spec.table


@pytest.mark.parametrize("spec", SPECS, ids=_id)
def test_a_number_arrives_as_it_is_and_a_zero_stays_a_zero(spec: Spec) -> None:
    for value in (0.0, 57.5):
        rows, verdict = built(spec.model, spec.landed(value=value))
        row = one(rows, area_code=_area(spec))
        assert (row[spec.result], row["status"], row["status_reason"]) == (value * spec.factor, "observed", None)
        assert verdict.passed, verdict.sentence


@pytest.mark.parametrize(
    ("spec", "symbol"),
    [(spec, symbol) for spec in SPECS for symbol in SYMBOLS[spec.publisher]],
    ids=lambda part: getattr(part, "table", repr(part)),
)
def test_every_symbol_of_a_publisher_becomes_its_status_and_never_a_number(spec: Spec, symbol: str) -> None:
    rows, verdict = built(spec.model, spec.landed(status=symbol))
    row = one(rows, area_code=_area(spec))
    assert (row[spec.result], row["status"], row["status_reason"]) == (None, *SYMBOLS[spec.publisher][symbol])
    assert verdict.passed, verdict.sentence


def test_every_symbol_that_the_reference_file_explains_is_tried_here() -> None:
    # Ordered deliveries have models of their own, core.raks_cell and core.raks_flow.
    query = "select source, symbol, status, status_reason from source.missing_symbols where source <> 'delivery'"
    explained = warehouse({}).execute(query).fetchall()
    tried = [(source, symbol, *meaning) for source, symbols in SYMBOLS.items() for symbol, meaning in symbols.items()]
    assert sorted(explained, key=str) == sorted(tried, key=str)


@pytest.mark.parametrize("spec", SPECS, ids=_id)
def test_a_symbol_that_nobody_has_explained_is_refused_with_its_text(spec: Spec) -> None:
    _, verdict = built(spec.model, spec.landed(status="§"))
    assert "unknown symbol §" in verdict.sentence


@pytest.mark.parametrize("spec", SPECS, ids=_id)
def test_no_number_and_no_symbol_is_refused_too(spec: Spec) -> None:
    _, verdict = built(spec.model, spec.landed())
    assert "unknown symbol" in verdict.sentence


@pytest.mark.parametrize("spec", SPECS, ids=_id)
def test_an_unknown_area_is_refused_with_its_code(spec: Spec) -> None:
    place, code, found = ("region", "99", "99") if "region" in spec.good else ("municipality", "9999", "9999")
    _, verdict = built(spec.model, {spec.table: [{**spec.good, place: code, "value": 1.0}]})
    assert f"unknown area {found}" in verdict.sentence


TRANSLATED = [
    (spec, column)
    for spec in SPECS
    for column in spec.good
    if column
    in {"sex_label", "age_label", "education_label", "household_type_label", "tenure_label", "statistic_label"}
    and spec.table != "raks_main_affiliation"  # its ages are chosen by the label, not translated
]


@pytest.mark.parametrize(("spec", "column"), TRANSLATED, ids=lambda part: getattr(part, "table", part))
def test_an_unknown_label_is_refused_with_its_text(spec: Spec, column: str) -> None:
    _, verdict = built(spec.model, {spec.table: [{**spec.good, column: "blå", "value": 1.0}]})
    assert "unknown label blå" in verdict.sentence


@pytest.mark.parametrize("spec", [spec for spec in SPECS if "sex_label" in spec.good], ids=_id)
def test_a_sex_given_as_a_bare_number_is_refused_and_never_guessed(spec: Spec) -> None:
    """1 means men at SCB and women at Folkhälsomyndigheten: only a label tells which."""
    for number in ("1", "2"):
        _, verdict = built(spec.model, {spec.table: [{**spec.good, "sex_label": number, "value": 1.0}]})
        assert f"unknown label {number}" in verdict.sentence


@pytest.mark.parametrize(
    ("label", "sex"), [("kvinnor", "women"), ("män", "men"), ("totalt", "total"), ("women", "women"), ("men", "men")]
)
def test_sex_is_read_by_label(label: str, sex: str) -> None:
    row = {
        "municipality": "0580",
        "sex_label": label,
        "age_label": "20-24 år",
        "statistic_label": "Medelvärde",
        "year": 2018,
        "value": 1.0,
    }
    rows, verdict = built("income", {"scb_income": [row]})
    assert verdict.passed
    assert one(rows, area_code="0580")["sex"] == sex


def test_kolada_codes_of_place_and_sex() -> None:
    places = {"0000": "00", "0005": "05", "0025": "25", "0580": "0580", "2584": "2584"}
    sexes = {"T": "total", "K": "women", "M": "men"}
    landed: list[Row] = [
        {"kpi": "N00001", "municipality": place, "year": 2020, "gender": gender, "value": float(number)}
        for number, (place, gender) in enumerate((place, gender) for place in places for gender in sexes)
    ]
    rows, verdict = built("kolada_value", {"kolada_values": landed})
    assert verdict.passed, verdict.sentence
    assert len(rows) == len(landed)
    for row in landed:
        found = one(rows, area_code=places[row["municipality"]], sex=sexes[row["gender"]])
        assert (found["kpi_id"], found["year"], found["value"]) == ("N00001", 2020, row["value"])


@pytest.mark.parametrize(("place", "found"), [("0026", "26"), ("0002", "02"), ("0099", "99")])
def test_a_county_that_there_is_not_is_refused(place: str, found: str) -> None:
    landed = [{"kpi": "N00001", "municipality": place, "year": 2020, "gender": "T", "value": 1.0}]
    assert f"unknown area {found}" in built("kolada_value", {"kolada_values": landed})[1].sentence


FRAMED = [spec for spec in SPECS if spec.model not in {"kolada_value", "raks_main_affiliation"}]


@pytest.mark.parametrize("spec", FRAMED, ids=_id)
def test_a_municipality_that_the_table_lacks_is_missing_and_not_left_out(spec: Spec) -> None:
    rows, _ = built(spec.model, {spec.table: [{**spec.good, "value": 4.0}]})
    assert len(rows) == 290
    absent = one(rows, area_code="0114")
    assert (absent[spec.result], absent["status"], absent["status_reason"]) == (None, "missing", "absent_at_source")


def test_a_cell_that_one_municipality_lacks_is_missing_there() -> None:
    def persons(place: str, label: str, value: float) -> Row:
        return {
            "municipality": place,
            "education_label": label,
            "age_label": "25-34 år",
            "sex_label": "män",
            "year": 2019,
            "value": value,
        }

    short, nine = "förgymnasial utbildning kortare än 9 år", "förgymnasial utbildning, 9 (10) år"
    rows, verdict = built(
        "education", {"scb_education": [persons("0580", short, 3), persons("0580", nine, 4), persons("0114", short, 5)]}
    )
    assert verdict.passed, verdict.sentence
    # 3 + 4 = 7 with primary education only; 0114 has 5 and an unknown number more, which is not 5
    assert one(rows, area_code="0580", education="primary")["persons"] == 7
    row = one(rows, area_code="0114", education="primary")
    assert (row["persons"], row["status"], row["status_reason"]) == (None, "missing", "absent_at_source")


@pytest.mark.parametrize(
    ("model", "table", "column", "labels", "code"),
    [
        (
            "education",
            "scb_education",
            "education_label",
            ("eftergymnasial utbildning, 3 år eller mer", "forskarutbildning"),
            {"education": "tertiary_long"},
        ),
        (
            "household_tenure",
            "scb_household_tenure",
            "tenure_label",
            ("småhus, hyresrätt", "flerbostadshus, hyresrätt"),
            {"tenure": "rented"},
        ),
    ],
)
def test_labels_that_share_a_code_are_added_and_a_missing_part_makes_the_sum_missing(
    model: str, table: str, column: str, labels: tuple[str, str], code: Row
) -> None:
    good = next(spec for spec in SPECS if spec.table == table)
    first, second = ({**good.good, column: label} for label in labels)
    rows, _ = built(model, {table: [{**first, "value": 30.0}, {**second, "value": 4.0}]})
    assert one(rows, area_code="0580", **code)[good.result] == 34
    rows, verdict = built(model, {table: [{**first, "value": 30.0}, {**second, "status": "<5"}]})
    row = one(rows, area_code="0580", **code)
    assert (row[good.result], row["status"], row["status_reason"]) == (None, "suppressed", "secrecy_at_source")
    assert verdict.passed, verdict.sentence


def test_the_two_populations_are_never_mixed() -> None:
    december = {"municipality": "0580", "age": 30, "sex_label": "kvinnor", "year": 2019, "value": 10.0}
    rows, verdict = built(
        "population_by_age",
        {
            "scb_population": [december],
            "scb_population_election_month": [{**december, "year": 2018, "sex_label": "women", "value": 11.0}],
        },
    )
    assert verdict.passed
    assert one(rows, area_code="0580", basis="december", year=2019)["persons"] == 10
    assert one(rows, area_code="0580", basis="election_month", year=2018)["persons"] == 11
    assert not [row for row in rows if (row["basis"], row["year"]) in {("december", 2018), ("election_month", 2019)}]


def test_turnout_pairs_eligible_with_per_cent_and_takes_the_whole_from_one_table() -> None:
    base = {"municipality": "0580", "sex_label": "kvinnor", "year": 2022}
    education = [
        {**base, "education_label": "samtliga utbildningsnivåer", "contents": "eligible", "value": 1000.0},
        {**base, "education_label": "samtliga utbildningsnivåer", "contents": "turnout_percent", "value": 84.0},
    ]
    age = [
        {**base, "age_label": "samtliga åldrar", "contents": "eligible", "value": 999.0},
        {**base, "age_label": "samtliga åldrar", "contents": "turnout_percent", "value": 12.0},
        {**base, "age_label": "65+ år", "contents": "eligible", "value": 200.0},
        {**base, "age_label": "65+ år", "contents": "turnout_percent", "status": ".."},
    ]
    rows, verdict = built("riksdag_turnout", {"scb_turnout_by_education": education, "scb_turnout_by_age": age})
    assert verdict.passed, verdict.sentence
    whole = one(rows, area_code="0580", dimension="total")
    assert (whole["group_code"], whole["eligible"], whole["turnout_percent"], whole["status"]) == (
        "total",
        1000,
        84,
        "observed",
    )
    old = one(rows, area_code="0580", dimension="age")
    assert (old["group_code"], old["eligible"], old["turnout_percent"]) == ("65_plus", 200, None)
    assert (old["status"], old["status_reason"]) == ("missing", "not_available_at_source")
    # no row of eligible voters at all is absent_at_source, not a pair with one half
    rows, _ = built("riksdag_turnout", {"scb_turnout_by_education": [education[1]]})
    half = one(rows, area_code="0580")
    assert (half["eligible"], half["turnout_percent"], half["status"], half["status_reason"]) == (
        None,
        84,
        "missing",
        "absent_at_source",
    )


def test_only_the_ages_20_to_64_of_raks_are_taken() -> None:
    base = {"region": "00", "main_affiliation": "7", "main_affiliation_label": "Utan arbete", "year": 2003}
    rows, _ = built(
        "raks_main_affiliation",
        {
            "raks_main_affiliation": [
                {**base, "age_label": "20-64", "value": 5.0},
                {**base, "age_label": "16-19", "value": 9.0},
            ]
        },
    )
    assert [row["persons"] for row in rows] == [5]


def test_the_areas_are_290_municipalities_in_21_counties_and_one_nation() -> None:
    connection = warehouse({})
    for name in ("area", "area_within"):
        file = read_model(settings.SQL / "core" / f"{name}.sql")
        connection.execute(f"create table {file.name} as {file.sql}")
        contract = model_contract(file.name)
        assert contract is not None
        assert contracts.audit(connection, contract).passed
    levels = dict(connection.execute("select area_level, count(*) from core.area group by all").fetchall())
    assert levels == {"municipality": 290, "county": 21, "nation": 1}
    assert connection.execute("select count(*) from core.area_within").fetchall() == [(3 * 290,)]
    within = connection.execute(
        "select within_area_code from core.area_within where area_code = '0580' order by 1"
    ).fetchall()
    assert within == [("00",), ("05",), ("0580",)]
    # Gotland is a county of one municipality
    assert connection.execute("select area_code from core.area_within where within_area_code = '09'").fetchall() == [
        ("0980",)
    ]
