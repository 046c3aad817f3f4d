"""The reference files under `data/reference/`: what conventions and agencies have fixed, as csv that people may edit.

Belongs here: csv → text columns. Not here: their types (`schemas/sources.py`), and which landing a run stands on
(`landing/zone.py`).
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from pipelines import settings
from pipelines.errors import Refused


def path_of(name: str) -> Path:
    """The file of that name; one that is not there is refused."""
    path = settings.REFERENCE / name
    if not path.is_file():
        raise Refused(f"{settings.relative(path)} is missing; restore it from git.")
    return path


def read(path: Path) -> pa.Table:
    """A reference file: UTF-8, every column text, an unquoted empty cell null and a quoted one an empty text."""
    try:
        header = path.read_text(encoding="utf-8").split("\n", 1)[0].strip().split(",")
        return pyarrow.csv.read_csv(
            path,
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in header},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except (UnicodeDecodeError, pa.ArrowInvalid) as fault:
        raise Refused(
            f"{settings.relative(path)} cannot be read as UTF-8 csv ({fault}); restore it from git."
        ) from fault
