"""What may be said of an effect: the checks, and the verdict with its reason.

Nothing here computes an effect; see `effect`, whose result is judged. The codes of reasons are those of
docs/effects.md.
"""

import numpy as np

from pipelines.statistics.effects.placebo import LEVEL

LEAST_DONORS = 60
LEAST_CLUSTERS = 19  # of which one as extreme comes up by chance in five of a hundred
MOST_AIMS = 10  # of one measure; with more Holm's could hardly ever be certain
AGREES = 0.10  # the second estimator's own p

# What each reason is, as a sentence; `{…}` are filled in by whoever shows it.
SENTENCES = {
    "too_few_before": "only {n_before} before the start, and 5 are needed",
    "none_after": "no period lies after the start",
    "break_at_start": "the series breaks between the years before and after the start",
    "overlapping_windows": "fewer than 5 periods before that share no year",
    "missing_here": "a figure is missing in the place's own series",
    "too_few_donors": "{n_donors} untreated units with whole series, and 60 are needed",
    "few_clusters": "a whole cluster is treated, and only {n_clusters} others are there to compare with; 19 are needed",
    "no_variation": "the series do not move apart, so that nothing shows what chance does",
    "poor_fit": "the units compared with do not follow this one before the start",
    "count": "a count grows with the population",
    "composition": "the figure is not one of which more is better or worse, or a crude rate that follows ages",
    "circular": "the figure is made of what the measure itself counts",
    "methods_disagree": "the interval leaves out zero, but lag ridge does not agree",
    "drift_before": "the unit was already moving away before the start, by as much",
    "several_aims": "it does not hold with as many aims as the measure has",
}


def drift_and_spread(gap_before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two checks before the start, of gaps places × years before, unit of the values.

    drift: the later half's mean less the earlier half's (the middle one of an odd number is in neither) · spread: root
    mean square of the gap about its own mean.
    """
    half = gap_before.shape[1] // 2
    drift = gap_before[:, gap_before.shape[1] - half :].mean(axis=1) - gap_before[:, :half].mean(axis=1)
    return drift, gap_before.std(axis=1)


def verdict(
    *,
    effect: float,
    critical: float,
    p: float,
    p_holm: float,
    ridge_effect: float,
    ridge_p: float,
    fit_p: float,
    drift: float,
    drift_p: float,
    n_donors: int,
    n_clusters: int | None = None,
    reason: str = "",
    better: int = 0,
) -> tuple[str, str]:
    """The verdict and its reason (empty where there is none to give).

    Certain needs all of: p after Holm at most 0.05; lag ridge with the same sign and its p at most 0.10; the fit before
    not among the worst 5 % of placebos; no drift before beyond its own placebos' 5 %, or an effect that is beyond the
    critical value still when so much is taken away (cf. Rambachan & Roth 2023, ReStud 90). `better`: 1 where more is
    better, -1 where less is, 0 where neither is said. `reason`: why it could not be assessed to begin with.
    `n_clusters`: of donors, where whole clusters are treated.
    Returns certain_better · certain_worse · certain_change · no_certain_change · not_assessable.
    """
    if reason:
        return "not_assessable", reason
    if n_donors < LEAST_DONORS:
        return "not_assessable", "too_few_donors"
    if n_clusters is not None and n_clusters < LEAST_CLUSTERS:
        return "not_assessable", "few_clusters"
    if fit_p <= LEVEL:
        return "not_assessable", "poor_fit"
    if p > LEVEL:
        return "no_certain_change", ""
    if p_holm > LEVEL:
        return "no_certain_change", "several_aims"
    if ridge_effect * effect <= 0 or ridge_p > AGREES:
        return "no_certain_change", "methods_disagree"
    if drift_p <= LEVEL and abs(effect) - abs(drift) <= critical:
        return "no_certain_change", "drift_before"
    if better == 0:
        return "certain_change", ""
    return ("certain_better" if effect * better > 0 else "certain_worse"), ""
