"""What became of places where a measure was taken, against what was to be expected, and how sure that is.

    panel        a user's own panel, read
    window       which years an effect is read from
    weights      weights on a simplex, to the optimum, many problems at once
    estimators   synthetic DiD, lag ridge, DiD, synthetic control: a place and every donor as a placebo
    placebo      the test by placebos scaled by population; several places; Holm; what could be seen at all
    verdict      checks, reasons, what may be said
    effect       these put together for one or several places: the functions that a table is made with
    detectable   how large an effect must be to be seen, for every place of a series before anything is begun
    group_time   ATT(g, t) and its aggregates
    imputation   effects by imputation
    rows         a panel → one row a quantity
    command      `jamlik effects`

The method with its literature: docs/effects.md. Numpy only.
"""
