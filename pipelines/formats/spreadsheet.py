"""What a spreadsheet would run when it opens a text, and the mark that stops it.

Belongs here: that one rule, for every way out in csv. Does not belong here: any way out.
"""

import re

# What it takes for a formula (OWASP, "CSV injection"); a bare sign or a plain number is neither.
FORMULA = "^[=@\t\r\n]|^[+-].*[^0-9.,]"
_FORMULA = re.compile(FORMULA)


def harmless(cell: object) -> object:
    """A text that would run, with an apostrophe before it; everything else as it is."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.search(cell) else cell
