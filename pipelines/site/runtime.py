"""The scripts that come with the installed vl-convert: Vega, and its interpreter for pages that forbid `eval`.

Taken from the very package that draws the charts without a browser, so that screen and paper use the same Vega.
Nothing is fetched: the addresses below are the names that vl-convert keeps its own modules under.
"""

from functools import cache

import vl_convert

_MODULES = "https://cdn.jsdelivr.net/npm"
_INTERPRETER = "2.0.0"


@cache
def vega_script() -> str:
    """One classic script that sets `globalThis.vega` and `globalThis.vegaInterpreter`, and no other global."""
    snippet = (
        f'import * as everything from "{_MODULES}/vega@{vl_convert.get_vega_version()}/+esm";'
        f'import {{expressionInterpreter}} from "{_MODULES}/vega-interpreter@{_INTERPRETER}/+esm";'
        "globalThis.vega = everything; globalThis.vegaInterpreter = expressionInterpreter;"
    )
    bundle = vl_convert.javascript_bundle(snippet)
    # Classic scripts share one scope; what the bundle declares must not meet what others declare.
    return f"(function () {{\n{bundle}\n}})();\n"
