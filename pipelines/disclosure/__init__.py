"""Disclosure control: what of an ordered delivery may be published, and the proof that it gives nobody away.

    protect     the one door: secret rows in, publishable rows out
    books       the secret rows, in books of what is protected together
    chapter     one chapter's way through the steps below
    tables      which tables of a delivery can be looked at together
    cubes       delivered rows as areas × groups × sexes × counts
    structure   every sum between these cells
    primary     which rows are too small to be shown, and what must stay unknown
    solver      the linear programme: how far can hidden counts move while every published number stands still
    draws       what is left to chance there, from a secret
    replay      the intruder who runs it on every world that fits, and what it hides against him
    suppress    which further rows must be hidden
    worlds      persons by everything at once, where sums alone prove nothing
    crosses     crosses of two dimensions for larger areas
    fit         crosses delivered for both sexes only, split between women and men
    movements   proofs that were found once, kept
    attack      what an intruder can work out from what is published
    audit       the gate of a release, and `jamlik audit`
    later       what can be shown beside all that earlier releases have shown; a ledger begun anew
    history     what earlier releases have shown, where two cannot be set side by side
    ledger      what was ever hidden or published, kept with the releases
    report      what was hidden, where, and what it cost

Nothing here names a source or an indicator: those, their thresholds (1–4 persons are
few) and how they add up stand in `data/catalogue/sources.yaml`, read by `catalogue/disclosure_rules.py`.
"""
