"""Places by code or by Swedish name: `0583`, `Motala`, `motala kommun`, `Östergötlands län`, `Riket`."""

import difflib
from collections.abc import Iterable

import duckdb

from pipelines.errors import WrongCall


def area_code_of(connection: duckdb.DuckDBPyConnection, place: str, table: str = "area") -> str:
    """The SCB code of `place`; an unknown one is a wrong call that names the closest known places.

    A name that is both a municipality's and a county's in short form (Uppsala) means the municipality; the county
    is written with its `län`, or by its code.
    """
    areas = connection.execute(f"select area_code, area_name, area_name_long from {table}").fetchall()
    spellings = spellings_of(areas)
    wanted = " ".join(place.split()).casefold()
    if wanted in spellings:
        return spellings[wanted]
    near = difflib.get_close_matches(wanted, spellings, n=3)
    names = {code: name for code, name, _ in areas}
    hint = ", ".join(dict.fromkeys(f"{names[spellings[each]]} ({spellings[each]})" for each in near))
    raise WrongCall(
        f"The place '{place}' is not known; write an SCB code or a name"
        + (f", perhaps {hint}." if hint else " as SCB writes it, such as Motala or Östergötlands län.")
    )


def spellings_of(areas: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Every spelling of each place, case-folded → its code; `areas` are code, name and long name."""
    known = list(areas)
    spellings = {spelling.casefold(): code for code, *names in known for spelling in (code, *names)}
    for code, name, _ in known:
        if len(code) == 2 and name.endswith(" län"):
            short = name.removesuffix(" län")
            spellings.setdefault(short.casefold(), code)
            spellings.setdefault(short.removesuffix("s").casefold(), code)
    return spellings
