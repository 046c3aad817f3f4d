"""Finding an indicator by the words that people use for it: titles, synonyms and ids, case and accents aside.

What counts as found is the release's own macro `find_indicator`, so that SQL and the command line agree.
"""

from pipelines.errors import WrongCall
from pipelines.published.metadata import literal
from pipelines.published.reader import Row, query


def find(words: tuple[str, ...]) -> tuple[list[str], list[Row]]:
    """Column names and the indicators that hold all of the words; `WrongCall` where none does."""
    sought = " ".join(" ".join(words).split())
    if not sought:
        raise WrongCall("There is no word to look for; write one, such as `jamlik find barnfattigdom`.")
    columns, rows = query(
        f"select indicator_id, title_sv, recommendation, synonyms_sv from find_indicator({literal(sought)})"
    )
    if not rows:
        raise WrongCall(
            f"No indicator has '{sought}' in its id, title or synonyms; try fewer letters, or list them all with "
            f'`jamlik sql "select indicator_id, title_sv from indicator"`.'
        )
    return columns, rows
