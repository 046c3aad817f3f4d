"""Disclosure control: what of an ordered delivery may be published, and the proof that it gives nobody away.

    protect     the one door: secret rows in, publishable rows out
    books       the rows that rest on one kind of secret source, chapter by chapter
    chapter     a chapter's way through the steps below
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

Nothing here names a source or an indicator: those, their thresholds (1–4 persons are
few) and how they add up stand in `data/catalogue/sources.yaml`, read by `catalogue/disclosure_rules.py`.
"""
