"""How sure a rank is: simulated intervals of ranks, and the probability of lying in the last fifth.

A rank depends on everybody's figure, so no formula in SQL holds its distribution. Every figure is drawn from the normal
distribution around its estimate with its standard error, all are ranked anew in each draw, and the draws' ranks are the
rank's distribution (Goldstein & Spiegelhalter 1996, J. R. Stat. Soc. A 159, pp. 385-443). A ranking's draws depend on
the seed, its number of members and its own figures only: not on other rankings or the order of rows.

Not here: which figures are ranked (see `sql/measures/follow_up/rank_figure.sql`), nor anything that reads a file.
"""

from itertools import pairwise

import numpy as np
import pyarrow as pa

DRAWS = 1_000  # a probability is then within 3.1 percentage points of the true one in 19 of 20 places
SEED = 2017
WORST_SHARE = 0.2
FIGURES_TO_DRAW = "select ranking_id, area_code, good, se from measure.rank_figure where se is not null"

_SCHEMA = pa.schema(
    [
        ("ranking_id", pa.int64()),
        ("area_code", pa.string()),
        ("rank_lower", pa.int32()),
        ("rank_upper", pa.int32()),
        ("probability_worst_fifth", pa.float64()),
    ]
)


def simulate_ranks(figures: pa.Table, draws: int = DRAWS, seed: int = SEED) -> pa.Table:
    """Rank intervals and probabilities of the worst fifth.

    `figures`: one row per ranking and area with ranking_id, area_code, good (the higher the better) and se > 0 on the
    same scale. Returns one row each: ranking_id, area_code, rank_lower and rank_upper (2.5 and 97.5 % points of the
    rank, 1 = best) and probability_worst_fifth (0–1): of a rank beyond four fifths of the ranking.
    """
    ordered = figures.sort_by([("ranking_id", "ascending"), ("area_code", "ascending")])
    number = ordered["ranking_id"].to_numpy()
    good, se = (ordered[name].to_numpy().astype(float) for name in ("good", "se"))
    edges = [0, *(np.flatnonzero(number[1:] != number[:-1]) + 1), len(number)]
    lower, upper = np.empty(len(number), dtype=np.int32), np.empty(len(number), dtype=np.int32)
    worst = np.empty(len(number))
    for start, end in pairwise(edges) if len(number) else ():
        part = slice(int(start), int(end))
        lower[part], upper[part], worst[part] = _ranking(good[part], se[part], draws, seed)
    columns = [ordered["ranking_id"], ordered["area_code"], lower, upper, worst]
    return pa.table(dict(zip(_SCHEMA.names, columns, strict=True)), schema=_SCHEMA)


def _ranking(good: np.ndarray, se: np.ndarray, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One ranking: the rank's 2.5 and 97.5 % points and the probability of its last fifth, per member."""
    size = len(good)
    normal = np.random.default_rng([seed, size]).standard_normal((draws, size))
    order = np.argsort(-(good + se * normal), axis=1)
    rank = np.empty((draws, size), dtype=np.int32)
    np.put_along_axis(rank, order, np.arange(1, size + 1, dtype=np.int32)[None, :], axis=1)
    worst = (rank > size - max(1, int(WORST_SHARE * size))).mean(axis=0)
    lower, upper = np.quantile(rank, [0.025, 0.975], axis=0, method="inverted_cdf")
    return lower.astype(np.int32), upper.astype(np.int32), worst
