"""The two scripts that are made from installed packages alone: Vega, and the compiled charts.

Vega is taken from the very package that draws the charts without a browser, so that screen and paper use the same, with
its interpreter for pages that forbid `eval`. Both scripts are the same until a package or a chart changes, and are kept
under JAMLIK_DATA, since making them takes seconds.
"""

import hashlib
from importlib.metadata import version
from pathlib import Path

from pipelines import settings
from pipelines.errors import Refused
from pipelines.files import write_text
from pipelines.site.scripts import global_script

# The names that vl-convert keeps its own modules under; nothing is fetched.
_MODULES = "https://cdn.jsdelivr.net/npm"
_INTERPRETER = "2.0.0"
_DIGEST_LENGTH = 64


def charts_fingerprint() -> str:
    """A hash of all that the two scripts are made from."""
    digest = hashlib.sha256(f"{version('altair')} {version('vl-convert-python')}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def runtime_scripts() -> dict[str, str]:
    """`vendor/vega.js` and `specs.js`: kept ones where nothing has changed, else made anew and kept."""
    makers = {"vendor/vega.js": _vega_script, "specs.js": _charts_script}
    folder = settings.cache() / charts_fingerprint()
    found = {}
    for name, make in makers.items():
        kept = folder / Path(name).name
        text = _intact(kept)
        if text is None:
            text = make()
            folder.mkdir(parents=True, exist_ok=True)
            write_text(kept, hashlib.sha256(text.encode()).hexdigest() + text)
        found[name] = text
    return found


def _intact(path: Path) -> str | None:
    """What was kept, or none where there is nothing or it is not what was written."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    digest, text = content[:_DIGEST_LENGTH], content[_DIGEST_LENGTH:]
    return text if hashlib.sha256(text.encode()).hexdigest() == digest else None


def _vega_script() -> str:
    """One classic script that sets `globalThis.vega` and `globalThis.vegaInterpreter`, and no other global."""
    import vl_convert  # only here: it is large, and rarely asked

    snippet = (
        f'import * as everything from "{_MODULES}/vega@{vl_convert.get_vega_version()}/+esm";'
        f'import {{expressionInterpreter}} from "{_MODULES}/vega-interpreter@{_INTERPRETER}/+esm";'
        "globalThis.vega = everything; globalThis.vegaInterpreter = expressionInterpreter;"
    )
    try:
        bundle = vl_convert.javascript_bundle(snippet)
    except BaseException as fault:
        # What vl-convert's own core trips over is no Exception; anything a person pressed is let through.
        if isinstance(fault, (KeyboardInterrupt, SystemExit)):
            raise
        raise Refused(
            f"The page's Vega could not be taken from vl-convert {version('vl-convert-python')}; install the version "
            f"that requirements.lock names."
        ) from fault
    # Classic scripts share one scope; what the bundle declares must not meet what others declare.
    return f"(function () {{\n{bundle}\n}})();\n"


def _charts_script() -> str:
    from pipelines.site.specs import charts  # only here: Altair takes half a second to load

    return global_script("JAMLIK_CHARTS", charts())
