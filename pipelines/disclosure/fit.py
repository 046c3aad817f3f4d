"""Crosses that are delivered for both sexes together only: how they may be split between women and men.

An intruder thinks of persons, not of tables: a cross and its margins by sex hang together through how the cross divides
between women and men, which nobody has delivered. Any division that agrees with all margins will do as a point to start
from. Belongs here: finding one, by iterative proportional fitting (Deming & Stephan 1940, Annals of Mathematical
Statistics 11, pp. 427-444), and, where that nears its answer too slowly, as a flow through a network, which the true
division proves to exist.
"""

import highspy
import numpy as np

from pipelines.disclosure.cubes import Numbers

ROUNDS = 400
CLOSE = 1e-9  # persons


def divided(total: Numbers, first: Numbers, second: Numbers) -> Numbers | None:
    """The women of each cell. Shapes: `total` n × a × b, `first` n × a × 2 (women, men), `second` n × b × 2.

    None where there is no division that agrees with all three, or where one of them is not known.
    """
    if np.isnan(total).any() or np.isnan(first).any() or np.isnan(second).any():
        return None
    share = first[..., :1, None, 0] * 0 + 0.5
    women = total * share
    both = np.stack([women, total - women], axis=-1)
    for _ in range(ROUNDS):
        both = both * _ratio(first, both.sum(axis=2))[:, :, None]
        both = both * _ratio(second, both.sum(axis=1))[:, None]
        both = both * _ratio(total, both.sum(axis=3))[..., None]
    women = np.clip(both[..., 0], 0.0, total)
    off = np.abs(women.sum(axis=2) - first[..., 0]).max(axis=1)
    off = np.maximum(off, np.abs(women.sum(axis=1) - second[..., 0]).max(axis=1))
    for number in np.flatnonzero(off > CLOSE):
        flow = _flow(total[number], first[number, :, 0], second[number, :, 0], women[number])
        if flow is None:
            return None
        women[number] = flow
    return women


def _ratio(wanted: Numbers, found: Numbers) -> Numbers:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)


def _flow(most: Numbers, first: Numbers, second: Numbers, near: Numbers) -> Numbers | None:
    """Cells between nought and `most` with these row and column sums, close to `near` in sum of distances."""
    a, b = most.shape
    cells = np.arange(a * b)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = 2 * a * b, a + b
    target = np.clip(near, 0.0, most).reshape(-1)
    model.col_cost_ = np.ones(2 * a * b)
    model.col_lower_ = np.zeros(2 * a * b)
    model.col_upper_ = np.concatenate([most.reshape(-1) - target, target])
    sums = np.concatenate([first, second]) - np.concatenate(
        [target.reshape(a, b).sum(axis=1), target.reshape(a, b).sum(axis=0)]
    )
    model.row_lower_, model.row_upper_ = sums, sums
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.arange(0, 4 * a * b + 1, 2, dtype=np.int32)
    rows = np.stack([cells // b, a + cells % b], axis=1).reshape(-1)
    model.a_matrix_.index_ = np.tile(rows, 2).astype(np.int32)
    model.a_matrix_.value_ = np.repeat([1.0, -1.0], 2 * a * b)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("primal_feasibility_tolerance", CLOSE)
    highs.passModel(model)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    moved = np.array(highs.getSolution().col_value)
    return np.clip(target + moved[: a * b] - moved[a * b :], 0.0, most.reshape(-1)).reshape(a, b)
