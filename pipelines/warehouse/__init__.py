"""How does a table come to be? Created, held against its contract and committed, or nothing.

    warehouse   the one DuckDB file and its one writer; create, audit, commit
    tables      what a table is made from, its fingerprint, and the order of all
    models      `sql/` read: a file is a table, and what it reads is found in it
    contracts   a table held against its contract, and what is said of one that does not hold
    rules       a contract as one question in SQL
    ahead       the tables of a run, made side by side by workers
    lock        one writer at a time, and the token asked for when a release is put in place

Not here: Dagster (`orchestration/`), what the SQL says (`sql/`), contracts' columns (`schemas/`).
"""
