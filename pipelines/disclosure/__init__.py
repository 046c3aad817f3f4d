"""Disclosure control: what of an ordered delivery may be published, and the proof that it gives nobody away.

    rules       thresholds of a source, and how its counts hang together
    structure   delivered rows → cells and the sums between them
    primary     which rows are too small to be shown, and what must stay unknown
    solver      the linear programme: how far can hidden counts move while every published number stands still
    suppress    which further rows must be hidden
    attack      what an intruder can work out from what is published
    worlds      persons by everything at once, where sums alone prove nothing
    crosses     crosses of two dimensions for larger areas
    ledger      what was ever hidden or published, kept with the releases
    audit       the gate of a release, and `jamlik audit`
    report      what was hidden, where, and what it cost

Nothing here names a source or an indicator: those, and how they add up, stand in `data/catalogue/sources.yaml`.
"""
