"""How is a release published? Built beside, audited, put in place by one rename.

    publish      the folder, its database and parquet, the rename of `latest`, and what a killed run left
    words        the views and macros that people ask with: `profile('Motala')`, `latest_gap`, …
    dictionary   docs/data-dictionary.md, from the contracts (`make docs`)

Not here: what may leave (`disclosure/`), the page (`site/`).
"""
