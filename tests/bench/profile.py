"""Times of a profile, on the latest release under JAMLIK_DATA (else of a fresh run): queries, screen, paper.

Wall and processor seconds: on a busy machine only the second says anything.
"""

from pipelines.profile.facts import read
from pipelines.profile.paper import write
from pipelines.published.reader import open_release
from tests.bench.clocks import best_of
from tests.bench.report import Report
from tests.bench.size import Size

QUERIES = (
    "from profile('0580')",
    "from profile('05')",
    "from profile('Riket')",
    "from gap('riksdag_turnout', 'Motala')",
    "from status(3, 'Motala')",
    "from latest_figure where area_code = '0583'",
)
ASKED = "≤ 0.1 s"
ROUNDS = 5


def bench(report: Report, size: Size) -> None:
    rounds, release = size.pick(ROUNDS, 1), size.finished().release
    with open_release(release) as connection, size.folder() as scratch:
        for query in QUERIES:
            spent = best_of(rounds, lambda query=query: connection.execute(query).fetchall())  # type: ignore[misc]
            report.figure(query, spent.wall, "s", ASKED, str(spent))
        spent = best_of(rounds, lambda: read(connection, "0583"))
        report.figure("all that the screen shows", spent.wall, "s", note=str(spent))
        spent = best_of(rounds, lambda: write(connection, "0583", str(scratch / "m.pdf"), None))
        report.figure("two A4 pages as PDF", spent.wall, "s", note=str(spent))
    slowest(report, size)
    calls = (size.jamlik("profile", "Motala", data=size.finished().data) for _ in range(size.pick(3, 1)))
    done = min(calls, key=lambda each: each.wall)
    report.figure("jamlik profile Motala", done.wall, "s", note=str(done))


def slowest(report: Report, size: Size) -> None:
    """The query in the place where it takes longest, of all that the release has."""
    with open_release(size.finished().release) as connection:

        def ask(code: str) -> None:
            connection.execute(f"from profile('{code}')").fetchall()

        found = connection.execute("select area_code from area order by area_code").fetchall()
        places = [code for (code,) in found][: size.pick(None, 2)]
        ask(places[0])  # fills the caches
        took = {code: best_of(1, lambda code=code: ask(code)).wall for code in places}  # type: ignore[misc]
        place = max(took, key=lambda code: took[code])
        spent = best_of(size.pick(ROUNDS, 1), lambda: ask(place))
    note = f"{place}, of {len(places)} places; {spent}"
    report.figure("a profile query where it takes longest", spent.wall, "s", ASKED, note)
