"""Calls one function in this process, and prints its answer as JSON.

python -m tests.bench.apart MODULE FUNCTION ARGUMENTS
"""

import importlib
import json
import sys


def main(module: str, name: str, arguments: str) -> None:
    print(json.dumps(getattr(importlib.import_module(module), name)(*json.loads(arguments))))


if __name__ == "__main__":
    main(*sys.argv[1:])
