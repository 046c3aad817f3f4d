"""Weights on a simplex, solved to the optimum for many problems at once.

Two solvers, for two shapes: `ridge_weights` where the variables are many (donors) and the equations few (years before),
by Newton's method on the dual; `simplex_weights` where hardly anything but the data decides, by an active set.

Not here: what the weights are of (see `estimators`).
"""

import numpy as np

Array = np.ndarray

_NEWTON = 100  # steps; eight to fifteen are usual
_CHUNK = 512  # problems at a time, so that memory stays small however many donors there are


def ridge_weights(columns: Array, targets: Array, ridge: Array, allowed: Array) -> Array:
    """The w >= 0 with sum 1 that minimise |columns w - target|^2 + ridge |w|^2, for each target.

    columns: equations × variables, shared by all problems · targets: problems × equations · ridge: problems, above zero
    · allowed: problems × variables, false where a weight must be zero (a placebo is no donor of its own). At least one
    is allowed in each. Returns problems × variables.

    With y the multipliers of the equations and v that of the sum, w = max(0, columns' y + v) / ridge, and the dual
    |y|^2/2 - target'y - v + |max(0, columns' y + v)|^2 / (2 ridge) is convex with as many variables as equations, plus
    one. It is piecewise quadratic, so that Newton's method with a line search ends after finitely many steps
    (Qi & Sun 1993, Mathematical Programming 58).
    """
    spread = float(np.sqrt(np.mean(columns**2)))
    unit = spread if spread > 0 else 1.0
    columns, targets, ridge = columns / unit, targets / unit, ridge / unit**2
    stacked = np.vstack([columns, np.ones(columns.shape[1])])
    products = np.einsum("aj,bj->jab", stacked, stacked).reshape(columns.shape[1], -1)
    starts = range(0, len(targets), _CHUNK)
    found = [_newton(stacked, products, *(each[k : k + _CHUNK] for each in (targets, ridge, allowed))) for k in starts]
    return np.concatenate(found) if found else np.zeros(allowed.shape)


def _newton(stacked: Array, products: Array, targets: Array, ridge: Array, allowed: Array) -> Array:
    problems, size = len(targets), len(stacked)
    linear = np.concatenate([targets, np.ones((problems, 1))], axis=1)
    curved = np.diag(np.r_[np.ones(size - 1), 0.0])
    point = np.zeros((problems, size))
    point[:, -1] = ridge / allowed.sum(axis=1)  # equal weights
    active = np.arange(problems)

    def value(at: Array, rows: Array) -> tuple[Array, Array]:
        raised = np.maximum(at @ stacked, 0.0) * allowed[rows]
        own = 0.5 * (at[:, :-1] ** 2).sum(axis=1) - (linear[rows] * at).sum(axis=1)
        return own + 0.5 * (raised**2).sum(axis=1) / ridge[rows], raised

    height, raised = value(point, active)
    size_of_slope = 1.0 + np.abs(linear).max(axis=1)
    for _ in range(_NEWTON):
        weight = raised[active] / ridge[active, None]
        slope = weight @ stacked.T - linear[active]
        slope[:, :-1] += point[active, :-1]
        far = np.abs(slope).max(axis=1) > 1e-13 * size_of_slope[active]
        active, slope = active[far], slope[far]
        if not len(active):
            break
        on = (raised[active] > 0).astype(float)
        hessian = (on @ products).reshape(-1, size, size) / ridge[active, None, None] + curved
        hessian[:, -1, -1] += 1e-12 * hessian[:, -1, -1] + ~on.any(axis=1) / ridge[active]  # never zero
        step = -np.linalg.solve(hessian, slope[..., None])[..., 0]
        descent = (slope * step).sum(axis=1)
        length = np.ones(len(active))
        waiting = np.arange(len(active))
        moved = np.zeros(len(active), dtype=bool)
        for _ in range(30):
            rows = active[waiting]
            tried = point[rows] + length[waiting, None] * step[waiting]
            new, up = value(tried, rows)
            good = new <= height[rows] + 1e-4 * length[waiting] * descent[waiting]
            point[rows[good]], height[rows[good]], raised[rows[good]] = tried[good], new[good], up[good]
            moved[waiting[good]] = True
            waiting = waiting[~good]
            if not len(waiting):
                break
            length[waiting] /= 2
        # what no step improves stands where rounding ends
        active = active[moved]
    weight = raised / ridge[:, None]
    return weight / weight.sum(axis=1, keepdims=True)


def simplex_weights(gram: Array, linear: Array) -> Array:
    """The w >= 0 with sum 1 that minimise w' gram w - 2 linear' w, for each problem.

    gram: problems × variables × variables, positive definite if barely (a tiny ridge decides between equal answers) ·
    linear: problems × variables. Returns problems × variables. The active-set method of Lawson & Hanson (1974, Solving
    Least Squares Problems, ch. 23), with the sum as an equation: a variable at a time enters while it improves, and
    leaves where it would fall below zero; each problem at its own pace, all in one call of the linear algebra.
    """
    problems, size = linear.shape
    every = np.arange(problems)
    diagonal = np.diagonal(gram, axis1=1, axis2=2)
    best = (diagonal - 2 * linear).argmin(axis=1)
    weight = np.zeros((problems, size))
    weight[every, best] = 1.0
    inside = weight > 0
    scale = np.abs(diagonal).max(axis=1) + np.abs(linear).max(axis=1)
    settled = np.zeros(problems, dtype=bool)
    for _ in range(10 * size + 20):
        rows = every[~settled]
        if not len(rows):
            break
        wanted = _on_the_set(gram[rows], linear[rows], inside[rows])
        negative = inside[rows] & (wanted <= 0)
        inner = ~negative.any(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(negative, weight[rows] / (weight[rows] - wanted), np.inf)
        step = np.where(inner, 1.0, np.minimum(room.min(axis=1), 1.0))[:, None]
        moved = weight[rows] + step * (wanted - weight[rows])
        leaves = negative & (room <= step)
        moved[leaves] = 0.0
        weight[rows] = np.where(inside[rows], np.maximum(moved, 0.0), 0.0)
        inside[rows] &= ~leaves
        at = rows[inner]
        # the multipliers: where a variable outside would lower the objective, the one that does most enters
        slope = np.einsum("kij,kj->ki", gram[at], weight[at]) - linear[at]
        level = (slope * inside[at]).sum(axis=1) / inside[at].sum(axis=1)
        gain = np.where(inside[at], -np.inf, level[:, None] - slope)
        enters = gain.argmax(axis=1)
        better = gain[np.arange(len(at)), enters] > 1e-12 * scale[at]
        inside[at[better], enters[better]] = True
        settled[at[~better]] = True
    return weight / weight.sum(axis=1, keepdims=True)


def _on_the_set(gram: Array, linear: Array, inside: Array) -> Array:
    """The optimum with the sum one over the variables inside, whatever their signs; zero outside."""
    problems, size = linear.shape
    most = int(inside.sum(axis=1).max())
    order = np.argsort(~inside, axis=1, kind="stable")[:, :most]  # those inside first, in their order
    here = np.take_along_axis(inside, order, axis=1)
    system = np.zeros((problems, most + 1, most + 1))
    row = np.arange(problems)[:, None, None]
    both = here[:, :, None] & here[:, None, :]
    system[:, :most, :most] = np.where(both, gram[row, order[:, :, None], order[:, None, :]], 0.0)
    scale = np.maximum(np.abs(system).max(axis=(1, 2)), 1e-300)
    spare = np.arange(most)
    system[:, spare, spare] += np.where(here, 0.0, scale[:, None])
    system[:, :most, most] = system[:, most, :most] = here * scale[:, None]
    right = np.concatenate([np.where(here, np.take_along_axis(linear, order, axis=1), 0.0), scale[:, None]], axis=1)
    solved = np.linalg.solve(system, right[..., None])[:, :most, 0]
    found = np.zeros((problems, size))
    np.put_along_axis(found, order, np.where(here, solved, 0.0), axis=1)
    return found
