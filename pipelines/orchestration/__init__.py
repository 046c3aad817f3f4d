"""How is a run led and reported? Dagster's part, and what a person sees meanwhile.

    factory       a warehouse table → a Dagster asset with its contract as a check
    live_assets   the live tables in Dagster: what is observed, what is fetched, when
    in_process    Dagster's job in this process: its history, what is selected, runs that were killed
    run           a whole run: what has changed, made in order, then a release
    progress      who listens to a run
    display       what `jamlik run` and `jamlik fetch` print

Only this room, `definitions.py` and the release's asset know Dagster. Not here: how a table is made (`warehouse/`).
"""
