"""Where nothing has happened: whole houses of figures that differ by chance alone, and what is said of them.

The figures are drawn here; the models judge them. A place should have no certain sign, good or bad, of any
recommendation.
"""

import numpy as np

from tests.fixtures.follow_up_house import (
    BENCHMARK_MODELS,
    ORDERED,
    TREND_MODELS,
    areas,
    figure,
    fill,
    house,
    indicator,
    learned,
    rows,
    run,
)  # fmt: skip

PLACES = [f"05{number:02d}" for number in range(1, 41)]
NAMES = [f"x{number:02d}" for number in range(24)]
YEARS = range(2012, 2023)


def test_where_nothing_happened_nine_places_of_ten_have_no_certain_sign() -> None:
    random = np.random.default_rng(2013)
    indicators = [indicator(name, recommendation=1 + k % 3) for k, name in enumerate(NAMES)]
    learned_by = {"se": 1.0, "ci_method": "year_to_year", "chance_kind": "year_to_year", "weight": 1000.0}
    figures, gap_errors = [], []
    for name in NAMES:
        for year in YEARS:
            for sex in ("total", "women", "men"):
                group = {"dimension": "total" if sex == "total" else "sex", "group_code": sex, "sex": sex}
                figures.append(figure(name, year, 50.0, area_code="00", se=0.01, weight=290_000.0, **group))
                figures += [
                    figure(name, year, 50.0 + float(random.normal()), area_code=code, **learned_by, **group)
                    for code in PLACES
                ]
            gap_errors += [
                {"indicator_id": name, "area_code": code, "period": str(year), "sex": "gap", "se": 2**0.5, "swing": 1.0,
                 "factor": 1.0}
                for code in PLACES
            ]  # fmt: skip
    fits = [learned(name, series=series) for name in NAMES for series in ("total", "sex", "gap")]
    connection = house(
        core__area=areas(*PLACES), core__similar_area=[], catalogue__not_compared=[], catalogue__landing=[],
        mart__indicator=indicators, mart__indicator_value=figures, mart__inequality=[], mart__social_group=ORDERED,
        mart__catalogue_row=[], mart__target=[], chance__fit=fits, chance__error=gap_errors,
    )  # fmt: skip
    names = [{"recommendation": k, "short_sv": "x", "title_sv": "x", "title_en": "x"} for k in range(1, 6)]
    fill(connection, "mart.recommendation", names)
    run(connection, *TREND_MODELS, *BENCHMARK_MODELS, "mart.area_coverage", "mart.recommendation_status")
    found = rows(connection, "from mart.recommendation_status where length(area_code) = 4 and recommendation <= 3")
    assert len(found) == 120
    assert min(row["tests"] for row in found) >= 24  # eight levels, eight changes, sixteen gaps or nearly
    quiet = np.mean([row["summary"] == "no_certain_sign" for row in found])
    assert quiet >= 0.9
    # by each row's own 95 %, with no regard to their number, most places would have some sign
    judged = rows(
        connection,
        "select area_code, count(case when judgement in ('better', 'worse') then 1 end) as signs from mart.benchmark "
        "where dimension = 'total' and comparator = 'nation' and length(area_code) = 4 group by area_code",
    )
    assert np.mean([row["signs"] > 0 for row in judged]) > 0.5
