"""The errors a person meets. Each message is one sentence: what, where (file, table, row), what to do.

JamlikError
├── Refused      exit 1: data, a catalogue entry, a model or a check did not hold
├── Unavailable  exit 1: a disk, a lock or a service is not there for us
└── WrongCall    exit 2: the command line was used wrongly
"""


class JamlikError(Exception):
    """Anything that ends a command with one sentence and no traceback."""

    exit_code = 1


class Refused(JamlikError):
    """Data, a catalogue entry, a SQL model or a check did not hold; nothing was published."""


class Unavailable(JamlikError):
    """Something outside the data (disk, lock, permission, service) stopped the work."""


class WrongCall(JamlikError):
    """The command was called with words it does not know."""

    exit_code = 2
