"""JavaScript that carries data: classic scripts, so that they load over http and from a double-clicked file alike.

Not here: what the data are.
"""

import base64
import json
from pathlib import Path
from typing import Any

# A browser ends a <script> at `</script`, whatever stands around it; the two separators once ended a JavaScript string.
_ESCAPES = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def json_for_script(content: Any) -> str:
    """JSON that may stand inside a `<script>`: text in it can end neither the element nor a string.

    Raises `ValueError` for a number that JSON has no word for (NaN, infinity).
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign, escape in _ESCAPES.items():
        text = text.replace(sign, escape)
    return text


def global_script(name: str, content: Any) -> str:
    """A script that sets one global to a value."""
    return f"globalThis.{name} = {json_for_script(content)};\n"


def write_global(path: Path, name: str, content: Any) -> None:
    path.write_text(global_script(name, content), encoding="utf-8", newline="\n")


def write_wrapped(path: Path, key: str) -> None:
    """Beside a binary file, the script that carries the same bytes: `file://` allows scripts but no fetch."""
    encoded = base64.b64encode(path.read_bytes()).decode("ascii")
    text = f'(globalThis.JAMLIK_DATA ??= {{}})[{json_for_script(key)}] = "{encoded}";\n'
    path.with_name(f"{path.name}.js").write_text(text, encoding="ascii", newline="\n")
