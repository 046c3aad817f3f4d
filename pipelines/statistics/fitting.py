"""Fits a table of counts to margins, and rounds it to whole persons: arithmetic only, of no particular table.

Iterative proportional fitting after Deming & Stephan (1940), Annals of Mathematical Statistics 11:427-444. Rounding is
systematic (Madow 1949): every cell becomes one of its two neighbouring whole numbers, unbiased, and every group keeps
its whole total exactly. Not here: what the margins are, or where they come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.errors import Refused

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Margin:
    """What a table must sum to over all axes but `axes`: `target` has those axes' shape, in rising order.

    A cell of `target` that is NaN is not constrained. `group` maps a position on one of the axes to a coarser one (such
    as seven kinds to two), given as (axis, position → group); the target then has the coarser length there.
    """

    name: str
    axes: tuple[int, ...]
    target: Array
    group: tuple[int, tuple[int, ...]] | None = None


def fit(start: Array, margins: Sequence[Margin], rounds: int = 500, tolerance: float = 1e-3) -> tuple[Array, float]:
    """The table nearest to `start` (in the sense of relative entropy) with those margins, and the greatest distance of
    any margin's cell from its target, in units of the table.

    The margins are met in turn until the greatest distance is at most `tolerance` or `rounds` have passed; the last one
    is met exactly. `Refused` where a target is negative.
    """
    for margin in margins:
        if (np.nan_to_num(margin.target) < 0).any():
            raise Refused(f"The margin {margin.name} has a negative count; correct the figures it is made from.")
    table = start.astype(np.float64, copy=True)
    for _ in range(rounds):
        for margin in margins:
            table *= _ratios(table, margin)
        if (distance := farthest(table, margins)) <= tolerance:
            return table, distance
    return table, farthest(table, margins)


def farthest(table: Array, margins: Sequence[Margin]) -> float:
    """The greatest distance between a margin's cell and its target."""
    return max(float(np.nanmax(np.abs(_sums(table, margin) - margin.target))) for margin in margins)


def _sums(table: Array, margin: Margin) -> Array:
    summed = table.sum(axis=tuple(axis for axis in range(table.ndim) if axis not in margin.axes))
    if margin.group is None:
        return np.asarray(summed)
    axis, positions = margin.group
    place = margin.axes.index(axis)
    coarse = np.zeros([*summed.shape[:place], max(positions) + 1, *summed.shape[place + 1 :]])
    np.add.at(np.moveaxis(coarse, place, 0), list(positions), np.moveaxis(summed, place, 0))
    return coarse


def _ratios(table: Array, margin: Margin) -> Array:
    """What every cell is multiplied by so that the margin holds; 1 where there is no target or nothing to scale."""
    sums = _sums(table, margin)
    ratio = np.divide(margin.target, sums, out=np.ones_like(sums), where=sums > 0)
    ratio = np.where(np.isnan(ratio), 1.0, ratio)
    if margin.group is not None:
        axis, positions = margin.group
        ratio = np.take(ratio, list(positions), axis=margin.axes.index(axis))
    shape = [table.shape[axis] if axis in margin.axes else 1 for axis in range(table.ndim)]
    return np.asarray(ratio.reshape(shape))


def whole(table: Array, totals: npt.NDArray[np.int64], generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """`table` (groups × cells) in whole numbers: each cell its floor or the next number, each row exactly its total."""
    sums = table.sum(axis=1, keepdims=True)
    scaled = np.divide(table, sums, out=np.zeros_like(table), where=sums > 0) * totals[:, None]
    reached = np.cumsum(scaled, axis=1)
    reached[:, -1] = np.where(sums[:, 0] > 0, totals, 0)  # exactly, whatever the additions lost
    start = generator.random((len(table), 1))
    steps = np.floor(np.hstack([start, reached + start])).astype(np.int64)
    return np.diff(steps, axis=1)
