"""The linear programme: how far hidden counts can move while every published number stands still.

The unknowns are deviations from the true counts, so that nought is a solution from the start and every step is one
that the published numbers allow. Belongs here: the call of the solver (HiGHS), its tolerances, and what it is told.
Not here: which cells are hidden or aimed at.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from pipelines.disclosure.cubes import Numbers, Places
from pipelines.disclosure.structure import System
from pipelines.errors import Refused

SLACK = 1e-6  # what counts as met
FEASIBLE = 1e-9  # how exactly HiGHS keeps a sum
SECONDS = 60.0  # for one programme; what takes longer counts as not protected


@dataclass(frozen=True)
class Free:
    """The cells that may move, and the equations they stand in as a matrix by column."""

    cells: Places
    starts: Places
    rows: Places
    coefficients: Numbers
    equations: Places

    @classmethod
    def of(cls, system: System, cells: Places) -> "Free":
        """The equations that hold any of `cells`; all other cells stand still."""
        starts = system.starts[cells]
        sizes = system.starts[cells + 1] - starts
        ends = np.concatenate([[0], np.cumsum(sizes)])
        entry = np.repeat(starts - ends[:-1], sizes) + np.arange(ends[-1])
        equations, rows = np.unique(system.equations.equation[entry], return_inverse=True)
        return cls(cells, ends, rows.astype(np.int64), system.equations.coefficient[entry], equations)

    def both_ways(self) -> "Free":
        """Each cell twice: once for what it rises by, once for what it falls by, so that either has a price."""
        return Free(
            np.concatenate([self.cells, self.cells]),
            np.concatenate([self.starts, self.starts[1:] + self.starts[-1]]),
            np.concatenate([self.rows, self.rows]),
            np.concatenate([self.coefficients, -self.coefficients]),
            self.equations,
        )


class TooHard(Refused):
    """The solver stopped without an answer; what it was asked about counts as not protected."""


class Programme:
    """A linear programme that is solved again and again for other aims; each starts where the last one ended."""

    def __init__(
        self, free: Free, lower: Numbers, upper: Numbers, slack: Numbers | None = None, inner: bool = False
    ) -> None:
        """`lower`, `upper`: how far each cell may move; `slack` (equations × 2): how far each sum may.

        `inner`: answers from the middle of what is best (an interior-point method), not from a corner of it.
        """
        self.lower, self.upper = lower.astype(np.float64), upper.astype(np.float64)
        self.size = len(lower)
        self._columns = np.arange(self.size, dtype=np.int32)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.size, len(free.equations)
        model.col_cost_ = np.zeros(self.size)
        model.col_lower_, model.col_upper_ = self.lower, np.minimum(self.upper, highspy.kHighsInf)
        model.row_lower_ = np.zeros(len(free.equations)) if slack is None else slack[:, 0]
        model.row_upper_ = np.zeros(len(free.equations)) if slack is None else slack[:, 1]
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = free.starts.astype(np.int32)
        model.a_matrix_.index_ = free.rows.astype(np.int32)
        model.a_matrix_.value_ = free.coefficients
        self._highs = highspy.Highs()
        for option, setting in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 1),
            ("time_limit", SECONDS),
            ("primal_feasibility_tolerance", FEASIBLE),
            ("dual_feasibility_tolerance", 1e-7),
            ("simplex_strategy", 1),  # dual: ten times as fast here as primal
            ("presolve", "off"),
            ("solver", "ipm" if inner else "simplex"),
            ("run_crossover", "off" if inner else "on"),
        ):
            self._highs.setOptionValue(option, setting)
        self._highs.passModel(model)

    def best(self, cost: Numbers, lower: Numbers | None = None, upper: Numbers | None = None) -> Numbers:
        """The deviations within these limits (or the first ones) that make `cost` times deviation least.

        Unbounded is no answer: give every aim a bound.
        """
        low = self.lower if lower is None else lower
        high = self.upper if upper is None else upper
        self._highs.changeColsBounds(self.size, self._columns, low, np.minimum(high, highspy.kHighsInf))
        self._highs.changeColsCost(self.size, self._columns, cost.astype(np.float64))
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + SECONDS)
        self._highs.clearSolver()  # a far basis costs more than none
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise TooHard(
                f"The disclosure control's solver stopped without an answer "
                f"({self._highs.modelStatusToString(status).lower()}); nothing of the secret tables is published."
            )
        return np.array(self._highs.getSolution().col_value, dtype=np.float64)
