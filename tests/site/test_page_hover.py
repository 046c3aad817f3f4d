"""What the pointer means among all municipalities: each of them, and the county's diamonds, which lie on top."""

from pathlib import Path

import duckdb
import pytest

from tests.fixtures.page_facts import Figure, says
from tests.fixtures.page_visit import Look

pytest_plugins = ["tests.fixtures.page_fixtures"]

MARKS = """all => all.map(one => {
    const box = one.getBoundingClientRect()
    return [box.left + box.width / 2, box.top + box.height / 2, Math.max(box.width, box.height)]
})"""
# The pointer goes to each place and the text that shows is kept; one call, since each by itself waits for the screen.
VISIT = """(stage, places) => places.map(([x, y]) => {
    stage.dispatchEvent(new PointerEvent('pointermove', {clientX: x, clientY: y, bubbles: true}))
    const tip = document.querySelector('#tip')
    return tip.hidden ? '' : tip.textContent
})"""


@pytest.mark.parametrize("indicator", ["neet_16_24", "riksdag_turnout"])
@pytest.mark.parametrize("place", ["0583", "0512"])
def test_the_municipality_under_the_pointer_is_the_one_that_is_named(
    site: Path, shown: Look, release: duckdb.DuckDBPyConnection, indicator: str, place: str
) -> None:
    visit = shown(site, f"view=indicator&place={place}&indicator={indicator}")
    period = visit.page.locator("#choose-period").input_value()
    unit = visit.page.locator(".chart-caterpillar svg").first.text_content()
    rows = release.execute(
        "select a.area_code, a.area_name, v.value, u.label_sv, u.decimals "
        "from indicator_value v join area a using (area_code) join indicator i using (indicator_id) "
        "join unit u using (unit) where indicator_id = ? and period = ? and dimension = 'total' "
        "and v.area_level = 'municipality' and value is not null order by value, area_code",
        [indicator, period],
    ).fetchall()
    assert unit
    assert len(rows) > 200
    marks = visit.page.locator(".chart-caterpillar svg .mark-symbol.role-mark path")
    marks.first.scroll_into_view_if_needed()
    spots = sorted(marks.evaluate_all(MARKS))  # from the left: from the lowest figure
    assert len(spots) == len(rows)
    tips = visit.page.locator(".chart-caterpillar > div").evaluate(VISIT, [[x, y] for x, y, _ in spots])
    on_top = [at for at, row in enumerate(rows) if row[0][:2] == "05"]
    assert len(on_top) == 13
    for at, (code, name, value, label, decimals) in enumerate(rows):
        x, y, _ = spots[at]
        covering = [
            other
            for other in on_top
            if (spots[other][0] - x) ** 2 + (spots[other][1] - y) ** 2 <= (spots[other][2] / 2) ** 2
        ]
        if code[:2] == "05" or not covering:
            assert tips[at].startswith(f"{name}: "), (name, tips[at])
            figure = tips[at].split(": ")[1].split(f" {label}")[0]
            says(figure, Figure(value, decimals))
        else:
            assert any(tips[at].startswith(f"{rows[other][1]}: ") for other in covering)
    # A little beside a diamond's middle, where other municipalities' points lie nearer: still the diamond's.
    for at in on_top:
        x, y, size = spots[at]
        others = [other for other in on_top if other != at]
        for aside in (-size / 3, size / 3):
            if all(abs(spots[other][0] - x - aside) > size for other in others):
                (tip,) = visit.page.locator(".chart-caterpillar > div").evaluate(VISIT, [[x + aside, y]])
                assert tip.startswith(f"{rows[at][1]}: "), (rows[at][1], tip)


def test_far_from_every_point_nothing_is_named(site: Path, shown: Look) -> None:
    visit = shown(site, "view=indicator&place=0583&indicator=neet_16_24")
    stage = visit.page.locator(".chart-caterpillar > div")
    box = stage.bounding_box()
    assert box
    assert stage.evaluate(VISIT, [[box["x"] + 90, box["y"] + 40]]) == [""]
