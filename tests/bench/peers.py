"""The libraries that the bench compares with: the extra `bench` of pyproject.toml, which `make bench` installs.

None is under the GPL or the AGPL: pyjstat and pyaxis are under Apache 2.0, pxwebpy under MIT, statsmodels and
synthdid-py under BSD.
"""

import importlib.util

MODULES = {
    "pyjstat": "pyjstat",
    "pxwebpy": "pxweb",
    "pyaxis": "pyaxis",
    "statsmodels": "statsmodels",
    "synthdid-py": "synthdid",
}
LEFT_OUT = {
    "synthdid": "it pins numpy 1.23.5 and pandas 1.5.3, not ours; synthdid-py is its port",
    "csdid": "it brings thirty packages along, twine and plotnine among them; its answers are held in the tests",
}


def absent(peer: str) -> str:
    """Why a peer cannot be compared with here; empty where it can."""
    if importlib.util.find_spec(MODULES[peer]):
        return ""
    return f"absent: {peer} is no part of this environment; `make bench` adds it"
