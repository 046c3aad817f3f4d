"""What people edit: `data/catalogue/` and the names of places, read and checked.

    entries            YAML → checked entries; the source tables
    shapes             which keys an entry has, and of what kind
    tables             entries → the `catalogue.*` tables of the warehouse
    key_figures        Kolada's: the used and the not used are what lies in the snapshot
    reference          the csv files under `data/reference/`
    areas              a place by code or Swedish name
    disclosure_rules   from which count on a secret source's rows may be shown

Not here: what an entry means for a number (`sql/`).
"""
