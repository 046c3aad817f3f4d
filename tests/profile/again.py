"""What a profile must say, worked out once more from the released parquet files alone.

Shares no code with `pipelines/profile/` nor with the release's macros and views: the rules are written down a second
time, and so are the words. `Again.screen` is the whole text of the screen with every space single, so that a sentence
or a row that is not worked out here is a difference.
"""

from collections import defaultdict
from functools import cached_property

from tests.fixtures.nation_facts import Split, newer, splits
from tests.profile.again_tables import FULL, Row, Tables
from tests.profile.again_words import ABSENT, AGAINST, CERTAIN, JUDGED, REASONS, STATUS, TOLD, TREND, UNITS, WHY


def number(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}".translate({ord(","): " ", ord("."): ",", ord("-"): "−"})
    return text if any(digit in text for digit in "123456789") else text.lstrip("−")


def years(*periods: str) -> str:
    ends = sorted(year for period in periods for year in (period[:4], period[-4:]))
    return ends[0] if ends[0] == ends[-1] else f"{ends[0]}–{ends[-1]}"


def names(titles: list[str], shown: int = 2) -> str:
    rest = len(titles) - shown
    return "; ".join(titles[:shown]) + (f"; och {rest} till" if rest > 0 else "")


def signs(found: list[tuple[str, str]]) -> str:
    """The words for a list of (what, word): good and bad by what, and whether half of it could be judged."""
    good, bad, judged, every = (set() for _ in range(4))
    for what, word in found:
        every.add(what)
        good |= {what} if word in ("better", "improving", "narrowing") else set()
        bad |= {what} if word in ("worse", "worsening", "widening") else set()
        judged |= {what} if word != "not_assessable" else set()
    if not every:
        return "det finns inget att bedöma"
    if bad:
        return f"{'både goda och' if good else 'bara'} dåliga säkra tecken"
    if 2 * len(judged) < len(every):
        return "det mesta går inte att bedöma"
    return "bara goda säkra tecken" if good else "inga säkra tecken"


class Again(Tables):
    """What is said of a place, from the tables."""

    # ---- a place ----

    def lines(self, code: str) -> list[Row]:
        """A row for each indicator, or for each sex where there is no figure of all."""
        found = []
        for about in self.indicators:
            name = about["indicator_id"]
            rows = self.latest.get((code, name), [])
            seen = {row["dimension"] for row in rows if row["value"] is not None}
            kept = [row for row in rows if (row["dimension"] == "total") == ("total" in seen or "sex" not in seen)]
            kept.sort(key=lambda row: row["group_code"], reverse=True)
            for row in kept or [{"value": None, "status": "no_source", "period": None, "group_code": "total"}]:
                key = (code, name, row["group_code"])
                real = row.get("provenance") != "synthetic"
                nothing = (None,) * 5
                word, reason, small, mean, basis = (
                    self.against.get((*key, row["period"]), nothing) if row["value"] is not None else nothing
                )
                moved = self.moved.get(key, {}) if real and kept else {}
                group = {"women": ", kvinnor", "men": ", män"}.get(row["group_code"], "")
                mark = {"synthetic": "*", "self_reported": "°"}.get(str(row.get("provenance")), "")
                found.append({
                    **about, "provenance": None, "status_reason": None, **row, "real": real, "against": word,
                    "against_why": reason, "small": small, "mean": mean if basis != "figure" else None,
                    "trend": moved.get("word"),
                    "trend_why": moved.get("change_reason"), "moved": moved, "named": about["title_sv"] + group,
                    "mark": mark,
                    "absence": self.absent.get((code, name)),
                })  # fmt: skip
        return found

    def line(self, code: str, row: Row) -> str:
        nation = code == "00"
        told = [row["named"] + row["mark"], (row["period"] or "").replace("/", "–"), self.old(row["period"])]
        if row["value"] is None:
            why = REASONS.get(row["status_reason"] or "") or ABSENT.get(row["absence"] or "", "")
            return " ".join([*told, STATUS[row["status"]], why])
        unit = UNITS.get(row["unit_sv"], "")
        told.append(number(row["value"], row["decimals"]) + unit)
        if not nation:
            beside = self.nation.get((row["indicator_id"], row["group_code"], row["period"]))
            shown = row["mean"] if beside is None else beside
            mark = "¹" if beside is None else ""
            told.append("–" if shown is None else number(shown, row["decimals"]) + unit + mark)
            differs = row["against"] in ("better", "worse", "above", "below")
            told.append(AGAINST[f"{row['against']}, small" if differs and row["small"] else row["against"]])
        return " ".join([*told, TREND[row["trend"]]])

    def standing(self, code: str, number_of: int, lines: list[Row], full: bool) -> str:
        """The sentences below a recommendation's rows."""
        here = [row for row in lines if row["recommendation"] == number_of]
        known = [row for row in here if row["value"] is not None and row["real"]]
        every, some = ({row["indicator_id"] for row in rows} for rows in (here, known))
        told = f"Ingen av {len(every)} indikatorer har en siffra."
        if some:
            told = (
                f"{len(some)} av {len(every)} indikatorer har en siffra ({years(*(row['period'] for row in known))})."
            )
        count = {
            word: len({row["indicator_id"] for row in known if row[key] == word})
            for key, words in (("against", ("better", "worse")), ("trend", ("improving", "worsening")))
            for word in words
        }
        if code == "00":
            count |= {"better": 0, "worse": 0}
        beside = [
            f"{count[word]} {word_sv}" for word, word_sv in (("better", "bättre"), ("worse", "sämre")) if count[word]
        ]
        sure = [row for row in known if row["against"] in ("better", "worse")]
        little = {row["indicator_id"] for row in sure} - {row["indicator_id"] for row in sure if not row["small"]}
        of_them = f" ({len(little)} av dem med liten skillnad)" if little else ""
        certain = [" och ".join(beside) + " än riket" + of_them] if beside else []
        certain += [
            f"{count[w]} {w_sv}"
            for w, w_sv in (("improving", "har förbättrats"), ("worsening", "har försämrats"))
            if count[w]
        ]
        told += f" Säkerställt: {', '.join(certain)}." if certain else ""
        moves = self.directions.get((code, number_of), [])
        of_here = {row["indicator_id"] for row in here}
        levels = [
            (row["indicator_id"], row["word"]) for row in self.levels.get(code, []) if row["indicator_id"] in of_here
        ]
        levels += [(row["indicator_id"], row["word"]) for row in moves if row["measure"] == "value"]
        gaps = [(f"{r['indicator_id']} {r['dimension']}", r["word"]) for r in moves if r["measure"] != "value"]
        told += f" Läget i hela befolkningen: {signs(levels)}. Hur klyftorna ändras: {signs(gaps)}."
        titles = {row["indicator_id"]: row["title_sv"] for row in here}
        places = ", eller mellan mer och mindre utsatta kommuner," if len(code) == 2 else ""
        for what, measures in (("Skillnaden", ("d", "sii")), ("Kvoten", ("r", "rii"))):
            grow = {r["indicator_id"] for r in moves if r["measure"] in measures and r["word"] == "widening"}
            if grow:
                listed = names([titles[name] for name in sorted(grow)], FULL if full else 2)
                told += f" {what} mellan grupper{places} har ökat säkerställt i: {listed}."
        folded = [row for row in known if row["headline"] is None and not full]
        worse = [
            f"{row['named']} ({row['period'].replace('/', '–')}{', lite' * bool(row['small'])})"
            for row in folded if row["against"] == "worse"
        ]  # fmt: skip
        down = [
            f"{row['named']} ({years(row['moved']['first_period'], row['moved']['last_period'])})"
            for row in folded if row["trend"] == "worsening"
        ]  # fmt: skip
        told += f" Också säkerställt sämre än riket: {names(worse)}." if worse and code != "00" else ""
        return told + (f" Har också försämrats säkerställt: {names(down)}." if down else "")

    def telling(self, code: str) -> list[Row]:
        """The gaps that are certain, or that grow by either measure, in the order they are shown."""
        real = [row for row in self.gaps.get(code, []) if row["provenance"] != "synthetic"]
        grow = [row for row in real if "widening" in (row["d"], row["r"]) or row["certain"] == "yes"]
        return sorted(grow, key=lambda row: (row["d"] != "widening", row["r"] != "widening", row["headline"] is None))

    def gap_sentences(self, code: str) -> str:
        real = [row for row in self.gaps.get(code, []) if row["provenance"] != "synthetic"]
        if not real:
            return "Ingen klyfta mellan grupper går att räkna här."
        sure = sum(row["certain"] == "yes" for row in real)
        told = f"{len(real)} {'klyfta' if len(real) == 1 else 'klyftor'} mellan grupper går att räkna "
        told += (
            f"({years(*(row['period'] for row in real))}), {sure or 'ingen'} av dem är säkerställd{'a' * (sure > 1)}."
        )
        for what, key in (("Skillnaden", "d"), ("Kvoten", "r")):
            up, down = (sum(row[key] == word for row in real) for word in ("widening", "narrowing"))
            told += f" {what} har ökat säkerställt i {up} av dem och minskat i {down}."
        goals = [row["status"] for row in self.goals.get(code, [])]
        on, off, done = (goals.count(word) for word in ("on_track", "off_track", "passed"))
        if on + off:
            told += " Riksdagens mål är att de påverkbara klyftorna ska vara slutna 2048: i nuvarande takt nås det för "
            told += f"{on} av de {on + off} som går att bedöma."
        unsure = sum(row["status"] == "on_track" and row["certain"] != "yes" for row in self.goals.get(code, []))
        if unsure:
            whom = {True: f"alla {on}", False: f"{unsure} av de {on}"}[unsure == on]
            told += f" För {'den' if on == 1 else whom} är det osäkert om takten räcker."
        return told + (f" {done} är redan slut{'en' if done == 1 else 'na'}." if done else "")

    def gap_row(self, row: Row) -> str:
        mark = "*" if row["provenance"] == "synthetic" else ""
        told = [f"{row['title_sv']}: {self.dimension.get(row['dimension'], row['dimension']).lower()}{mark}"]
        told += [row["period"].replace("/", "–"), self.old(row["period"])]
        told += [number(row["estimate"], row["decimals"])]
        told += [self.interval(row)] if row["ci_lower"] is not None else []
        return " ".join([*told, CERTAIN[row["certain"]], TREND[row["d"]], TREND[row["r"]]])

    @staticmethod
    def interval(row: Row) -> str:
        return " till ".join(number(row[end], row["decimals"]) for end in ("ci_lower", "ci_upper"))

    def cannot_be_seen(self, code: str, lines: list[Row], shown: int) -> list[str]:
        forms = {row["indicator_id"] for row in lines if row["status_reason"] == "not_reported"}
        if code == "00":
            forms = {row["indicator_id"] for row in self.unseen if row["state"] == "no_source" and row["indicator_id"]}
        made_up = {row["indicator_id"]: row["title_sv"] for row in lines if not row["real"]}
        told = {row["indicator_id"] for row in lines if row["provenance"] == "self_reported"} | forms | set(made_up)
        empty = [
            row for row in lines if row["value"] is None and (code, row["indicator_id"]) not in self.split
            and row["indicator_id"] not in forms
        ]  # fmt: skip
        groups: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self.unseen:
            if row["indicator_id"] not in told:
                groups[row["state"]][row["indicator_id"] or row["catalogue_row_id"]] = row["title_sv"]
        for row in empty:
            if row["absence"] in ("must_be_ordered", "not_fetched"):
                groups[row["absence"]].setdefault(row["indicator_id"], row["title_sv"])
        said = []
        if order := groups["must_be_ordered"]:
            said.append(
                f"Måste beställas från SCB (underlag: docs/raks-order.md): {names(list(order.values()), shown)}."
            )
        if made_up:
            said.append(
                f"Har bara påhittade siffror tills en beställd leverans finns: {names(list(made_up.values()), shown)}."
            )
        for state, what in TOLD.items():
            if some := list(groups[state].values()):
                said.append(f"{len(some)} mått {what[len(some) > 1]}: {names(some, shown)}.")
        if forms and code != "00":
            listed = list({r["indicator_id"]: r["title_sv"] for r in lines if r["indicator_id"] in forms}.values())
            said.append(f"Kan lämnas på egna formulär (docs/intake.md): {names(listed, shown)}.")
        elsewhere = {name for titles in groups.values() for name in titles}
        rest = [row["named"] for row in empty if row["indicator_id"] not in elsewhere]
        return said + ([f"Utan siffra just här: {names(rest, shown)}."] if rest else [])

    def sources(self, code: str) -> str:
        used = self.used[code]
        told = []
        for row in used:
            when = (
                "okänt när hämtat"
                if row["day"] is None
                else f"{'delvis ' if row['undated'] else ''}hämtat {row['day']}"
            )
            told.append(row["publisher"] + (f", {when}" if row["renewed"] else ""))
        old = [row["publisher"] for row in used if row["stale"]]
        listed = f"{', '.join(old[:-1])} och {old[-1]}" if len(old) > 1 else "".join(old)
        return f"Källor: {'; '.join(told)}." + (
            f" Gamla uppgifter, så att nyare siffror kan finnas: {listed}." if old else ""
        )

    def legend(self, shown: list[Row], gaps: list[Row]) -> str:
        why = set()
        for row in shown:
            if row["value"] is not None and row["real"]:
                why |= {row["against_why"]} if row["against"] == "not_assessable" else set()
                why |= {row["trend_why"]} if row["trend"] == "not_assessable" else set()
        for row in gaps:
            if row["provenance"] != "synthetic":
                why |= {"no_standard_error"} if row["certain"] == "not_assessable" else set()
                why |= {row[f"{key}_why"] for key in "dr" if row[key] == "not_assessable"}
        told = JUDGED + (
            f" Kan inte bedömas: {'; '.join(text for key, text in WHY.items() if key in why)}." if why else ""
        )
        marks = {row["provenance"] for row in [*shown, *gaps]}
        told += " ° Kommunens eller regionens egen uppgift." if "self_reported" in marks else ""
        if "synthetic" in marks:
            told += " * Påhittad siffra: visar formen, inte verkligheten, och bedöms aldrig."
        means = [
            row for row in shown if row["value"] is not None and row["mean"] is not None
            and self.nation.get((row["indicator_id"], row["group_code"], row["period"])) is None
        ]  # fmt: skip
        return told + (" ¹ Riket har ingen egen siffra: kommunernas medel, vägt med antalet personer." if means else "")

    def charts(self, code: str) -> list[tuple[str, str]]:
        """The charts on paper: their titles and what stands below them."""
        real = [row for row in self.gaps.get(code, []) if row["provenance"] != "synthetic"]
        told = []
        if real:
            gap = min(real, key=lambda row: (
                row["certain"] != "yes", row["worse_when"] is None, row["periods"] < 2, row["dimension"] == "sex",
                row["headline"] is None, row["title_sv"],
            ))  # fmt: skip
            period = gap["period"].replace("/", "–")
            said = f"Varje märke är en grupp ({period}); ju längre streck, desto större klyfta."
            told.append((f"{gap['title_sv']}: {self.dimension[gap['dimension']].lower()}", said))
            unit = {"procent": "procentenheter"}.get(gap["unit_sv"], gap["unit_sv"])
            said = f"Skillnaden {period} är {number(gap['estimate'], gap['decimals'])} {unit}"
            said += f" ({self.interval(gap)})" if gap["ci_lower"] is not None else ""
            if gap["d"] in ("widening", "narrowing"):
                said += f" och {TREND[gap['d']]} säkerställt {years(gap['d_from'], gap['period'])}"
            told.append(
                ("Samma skillnad över åren", f"{said}. Ihåligt märke: inte säkerställd, eller går inte att bedöma.")
            )
        trends = 0
        lines = self.lines(code)
        for place in (2, 3, 4, 5, 1):
            for row in lines:
                figures = self.years.get((code, row["indicator_id"]), [])
                if row["recommendation"] != place or row["headline"] is None or row["group_code"] != "total":
                    continue
                if row["value"] is None or len(figures) < 4 or trends == 4:
                    continue
                unit = UNITS.get(row["unit_sv"], "")
                ends = [
                    f"{each['period'].replace('/', '–')}: {number(each['value'], row['decimals'])}{unit}"
                    for each in (figures[0], figures[-1])
                ]
                said = "Förändringen kan inte bedömas."
                if row["trend"] not in (None, "not_assessable"):
                    span = years(row["moved"]["first_period"], row["moved"]["last_period"])
                    said = f"{TREND[row['trend']].capitalize()} säkerställt {span}."
                    if row["trend"] == "no_certain_change":
                        said = f"Ingen säkerställd förändring {span}."
                told.append((row["named"], f"{'; '.join(ends)}. {said}"))
                trends += 1
                break
        return told

    def years_of(self, lines: list[Row]) -> str:
        known = [row["period"] for row in lines if row["value"] is not None and row["real"]]
        return f"Siffrorna gäller {years(*known)}; vid var och en står vilket år och hur gammal den är."

    def old(self, period: str | None, word: str = "") -> str:
        """How old a figure is at the end of its last year: `4 år`; nothing of one of the release's own year."""
        age = int(self.release["published_at"][:4]) - int((period or "9999")[-4:])
        return f"{age} år{word}" if age > 0 else ""

    def within(self, code: str) -> str:
        return "riket" if code == "00" else str(self.areas[code]["area_name"])

    def newer(self, code: str) -> str:
        """The first sentence: for which indicators there is a figure after 2022."""
        titles = newer(self.db, code)
        if not titles:
            return f"För {self.within(code)} finns inga siffror från efter 2022."
        many = f"{len(titles)} indikator{'er' * (len(titles) > 1)}"
        return f"För {self.within(code)} finns siffror från efter 2022 för {many}: {names(titles, 5)}."

    @cached_property
    def splits(self) -> list[Split]:
        return splits(self.db)

    def nation_only(self, code: str, full: bool) -> str:
        """The gaps that only the nation has, first those beside a headline."""
        headline = {row["indicator_id"]: row["headline"] or FULL for row in self.indicators}
        found = [one for one in self.splits if one.difference is not None and code != "00"]
        found.sort(key=lambda one: headline.get(one.beside or "", FULL))
        told = []
        for one in found:
            sex = {"women": ", kvinnor", "men": ", män"}.get(one.sex, "")
            unit = " procentenheter" if one.unit == "procent" else UNITS.get(one.unit, "")
            size = number(abs(one.difference or 0), one.decimals) + unit
            when = f"{one.period.replace('/', '–')}, {self.old(one.period, ' gammal')}"
            what = f"{one.title}: {self.dimension[one.dimension].lower()}{sex}"
            told.append(f"{what} {size} ({when}), {CERTAIN[str(one.certain)]}")
        listed = names(told, FULL if full else 2)
        return f"Så ser det ut i riket; i {self.within(code)} är det inte känt: {listed}." if told else ""

    def screen(self, code: str, full: bool) -> str:
        """The whole wide screen of a place."""
        area, lines = self.areas[code], self.lines(code)
        shown = [row for row in lines if full or row["headline"] is not None]
        told = [area["area_name"]]
        if area["area_level"] == "municipality":
            told.append(f"kommun i {self.areas[area['county_code']]['area_name']}, {area['skr_group']}")
        told += ["hela landet"] if code == "00" else []
        told += [
            self.newer(code),
            self.years_of(lines),
            f"Utgåva {self.release['release_id'][:10]}.",
            self.sources(code),
        ]
        for number_of, short in sorted(self.short.items()):
            told.append(f"{number_of} {short}")
            if number_of == 1:
                place = {"municipality": "kommunen", "county": "länet", "nation": ""}[area["area_level"]]
                told.append(f"avser ålder {place} riket {'skillnad mot riket' if place else ''} förändring")
            told += [self.line(code, row) for row in shown if row["recommendation"] == number_of]
            told.append(self.standing(code, number_of, lines, full))
        gaps = self.gaps.get(code, []) if full else self.telling(code)[:5]
        told += ["Klyftor mellan grupper", self.gap_sentences(code), self.nation_only(code, full)]
        told += ["avser ålder skillnad intervall den är skillnaden kvoten"] if gaps else []
        told += [self.gap_row(row) for row in gaps]
        told += ["Det som inte går att se här", *self.cannot_be_seen(code, lines, FULL if full else 2)]
        told += [self.legend(shown, gaps), "" if full else f"Allt: jamlik profile {code} --full"]
        return " ".join(" ".join(told).split())
