"""Pure parsers of the statistics services' formats: bytes in, one row a cell out. No files, no network."""

from pipelines.formats.detect import parse_any
from pipelines.formats.tidy import Malformed, Tidy, Unit, Variable, union

__all__ = ["Malformed", "Tidy", "Unit", "Variable", "parse_any", "union"]
