"""How is a release published? Built beside, audited, put in place by one rename.

    building     the folder, its database and parquet, each table written as soon as it is made
    publish      the descriptions, the last look, the rename of `latest`, and what a killed run left
    words        the macros that people ask with: `profile('Motala')`, …, and that all of it can be made
    views        the views: `latest_gap`, `compared`, …
    dictionary   docs/data-dictionary.md, from the contracts (`make docs`)

Not here: what may leave (`disclosure/`), the page (`site/`).
"""
