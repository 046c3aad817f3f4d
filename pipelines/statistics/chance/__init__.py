"""How sure a figure is whose publisher gives no interval: learned from how places move from one period to the next.

    panel      the figures of one indicator as arrays
    swing      the variance of one person's worth of chance at a figure's level
    pairs      two figures of a place a period apart
    fit        se^2 = factor * swing * (alpha + beta / persons), fitted robustly
    estimate   all indicators: pooled surveys, factors of places, municipalities that move together
    proof      learned from earlier years, tried on later ones
    tables     the same as the tables `chance.fit` and `chance.error`

Which figures may be learned from is in `sql/chance/observed.sql`; what becomes of the errors in `sql/marts/`. The
method with its literature: docs/chance.md.
"""
