"""The services that speak a protocol of their own, as the local server plays them."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tests.local_server import tables

if TYPE_CHECKING:
    from tests.local_server.server import Answer, Call, Services


def kolada(services: "Services", call: "Call", path: str) -> "Answer":
    from tests.local_server.server import Answer, as_json

    pieces = path.strip("/").split("/")
    if pieces[0] == "municipality":
        rows: list[dict[str, Any]] = [{"id": _four(c), "title": t, "type": "K"} for c, t in tables.AREAS.items()]
    elif pieces[0] == "kpi":
        rows = [{"id": k, "title": services.kpis[k]} for k in pieces[1].split(",") if k in services.kpis]
    elif pieces[0] == "data" and len(pieces) == 5 and (pieces[1], pieces[3]) == ("kpi", "year"):
        if len(pieces[2].split(",")) > 25 or len(pieces[4].split(",")) > 25:
            return Answer(400, b"<html><title>Too many ids</title></html>")
        rows = (
            services.kolada_changed
            if "from_date" in call.query
            else _kolada_rows(_known(services, pieces[2]), pieces[4])
        )
    elif pieces[0] == "data":
        rows = []  # a parameter by a wrong name: 200 and nothing
    else:
        return Answer(404, b"<html><title>404</title></html>")
    size = min(int(call.query.get("per_page", 5000)), services.kolada_page)
    page = int(call.query.get("page", 1))
    part = rows[(page - 1) * size : page * size]
    more = page * size < len(rows)
    # relative, and as if the service stood elsewhere: the client must keep to its own address
    following = f"https://api.kolada.invalid/v3{path}?page={page + 1}&per_page={size}" if more else None
    return as_json({"values": part, "count": len(part), "next_url": following, "previous_url": None})


def _four(code: str) -> str:
    return code if len(code) == 4 else f"00{code}"


def _known(services: "Services", kpis: str) -> tuple[str, ...]:
    return tuple(kpi for kpi in kpis.split(",") if kpi in services.kpis)


@lru_cache(maxsize=4)
def _kolada_rows(kpis: tuple[str, ...], years: str) -> list[dict[str, Any]]:
    """Kept, since page after page is cut from the same rows."""
    rows = []
    for kpi in kpis:
        for code in [*map(_four, tables.AREAS), "G123"]:
            for year in years.split(","):
                seed = sum(map(ord, kpi + code + year))
                values: list[dict[str, Any]] = [
                    {"gender": g, "value": None if seed % 11 == 0 else seed % 100 + i, "count": 1,
                     "status": "Missing" if seed % 11 == 0 else "", "isdeleted": False}
                    for i, g in enumerate("TKM")
                ]  # fmt: skip
                if seed % 13 == 0:
                    values[0]["isdeleted"] = True
                rows.append({"kpi": kpi, "municipality": code, "period": int(year), "values": values})
    return rows


DEATHS: dict[str, list[dict[str, Any]]] = {
    "region": [{"id": 0, "kod": "00", "text": "Riket"}, {"id": 5, "kod": "05", "text": "Östergötlands län"}],
    "kon": [{"id": 1, "text": "Män"}, {"id": 2, "text": "Kvinnor"}, {"id": 3, "text": "Båda könen"}],
    "matt": [{"id": 1, "text": "Antal"}, {"id": 2, "text": "Antal per 100 000"}],
    "diagnos": [
        {"id": "I00-I99", "text": "Cirkulationsorganens sjukdomar"},
        {"id": "2026", "text": "Åtgärdbar"},
    ],
}


def socialstyrelsen(call: "Call", path: str) -> "Answer":
    from tests.local_server.server import Answer, as_json

    pieces = path.strip("/").split("/")
    if pieces[0] != "dodsorsaker":
        return Answer(404, b"<!DOCTYPE html><html><head><title>404</title></head></html>")
    if len(pieces) == 1:
        return as_json([{"namn": n, "text": n} for n in DEATHS])
    if len(pieces) == 2 and pieces[1] in DEATHS:
        return as_json(DEATHS[pieces[1]])
    asked = {n: v.split(",") for n, v in zip(pieces[2::2], pieces[3::2], strict=True)}
    rows = [
        {"diagnosId": d["id"], "regionId": r["id"], "konId": k["id"], "mattId": m["id"], "ar": y,
         "varde": _death(d["id"], r["id"], k["id"], y)}
        for d in DEATHS["diagnos"] for r in DEATHS["region"] for k in DEATHS["kon"] for m in DEATHS["matt"]
        for y in (2022, 2023, 2024)
    ]  # fmt: skip
    for name, codes in asked.items():  # a segment by a name it does not know is ignored
        key = name if name == "ar" else f"{name}Id"
        if any(key in row for row in rows):
            rows = [row for row in rows if str(row[key]) in codes]
    size = min(int(call.query["per_sida"]), 8)
    page = int(call.query["sida"])
    pages = max(1, -(-len(rows) // size))
    following = f"http://sdb.socialstyrelsen.invalid{path}?per_sida={size}&sida={page + 1}" if page < pages else None
    return as_json({
        "data": rows[(page - 1) * size : page * size], "amne": "dodsorsaker", "sida": page, "per_sida": size,
        "sidor": pages, "nasta_sida": following, "foregaende_sida": None,
    })  # fmt: skip


def _death(diagnosis: str, region: int, sex: int, year: int) -> str:
    number = (len(diagnosis) * 7 + region * 3 + sex * 5 + year) % 23
    return "X" if number == 4 else f"1\u00a0{number:03d},{number % 10}"


def forsakringskassan(call: "Call") -> "Answer":
    from tests.local_server.server import Answer, as_json

    if call.path.endswith("/sjp/meta/json"):  # and not at meta.json
        return as_json({"filter": {"uppdelning": ["SJPProv"]}})
    if not call.path.endswith("/sjp/SJPProv.json"):
        return Answer(404, b"", {})
    years = call.query.get("ar", "").split(",")
    places = call.query.get("kommun_kod", "").split(",")
    if "" in years or "" in places or set(call.query) != {"ar", "kommun_kod", "kon_kod"}:
        return as_json([])  # a wrong combination: 200 and nothing
    rows = []
    for year in years:
        for sex in call.query["kon_kod"].split(","):
            for place in places:
                hidden = place.startswith("0512") and sex != "ALL"
                number = None if hidden else (int(year) + len(place) + ord(sex[0])) % 100 / 4
                cell = {"rojd": hidden, "value": number}
                rows.append({"dimensions": {"ar": year, "kon_kod": sex, "kommun_kod": place},
                             "observations": {"andel": cell, "antal": dict(cell)}})  # fmt: skip
    return as_json(rows)
