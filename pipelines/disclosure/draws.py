"""What is left to chance in protection: the price of each row and the order of each search, drawn from a secret.

A suppressor that everybody can read, and that always chooses the same, can be run by an intruder on every world that
fits a release; those that would have given another pattern he rules out. So of rows that would do equally well it takes
those that a secret makes cheap. The secret lies in the ledger (32 bytes, hexadecimal): the same release is made again
while it is kept. Draws are HMAC-like (keyed BLAKE2, RFC 7693) of a row's key, so that they depend on no count and on
no other row. Belongs here: that. Not here: what a price is for (`suppress.py`, `crosses.py`).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from pipelines.disclosure.cubes import Numbers, Rows

SPREAD = 0.35  # natural logarithm: prices lie between 0.7 and 1.4 times what they would be
MADE_UP = b"nobody's figures"  # in place of a secret: every house makes the same release of made-up figures


@dataclass(frozen=True)
class Draws:
    """Numbers in [0, 1) by key; the same for the same secret, period and key."""

    secret: bytes = MADE_UP
    period: str = ""

    @classmethod
    def afresh(cls, period: str = "") -> "Draws":
        """As an intruder draws who has not got the secret."""
        return cls(secrets.token_bytes(32), period)

    def of(self, what: str, keys: Iterable[str]) -> Numbers:
        """One number a key; `what` it is for, so that no two uses have the same."""
        begun = blake2b(f"{what}\x1f{self.period}\x1f".encode(), key=self.secret[:64], digest_size=8)
        found = []
        for key in keys:
            own = begun.copy()
            own.update(key.encode())
            found.append(int.from_bytes(own.digest()))
        return np.array(found, dtype=np.float64) / 2.0**64

    def prices(self, rows: Rows) -> Numbers:
        """What each row's price is multiplied by; for made-up figures, which have no secret, by nothing."""
        if self.secret == MADE_UP:
            return np.ones(len(rows))
        keys = zip(rows.indicator, rows.area, rows.dimension, rows.group, rows.sex, strict=True)
        drawn = self.of("price", ("\x1f".join(key) for key in keys))
        return np.exp(SPREAD * (2 * drawn - 1))

    def order(self, what: str, many: int) -> Numbers:
        """A number for each of the first `many` places: to sort by."""
        return np.random.default_rng(int(self.of(what, [""])[0] * 2**53)).random(many)
