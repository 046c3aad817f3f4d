"""Reading a release: the only way in for whoever does not make one.

    reader     the latest release, opened read-only; a query with its limits, and how Ctrl-C breaks one off
    find       indicators by the words that people use for them
    metadata   `datapackage.json` and the comments of tables and columns

Not here: making a release (`release/`), a place told in words (`profile/`).
"""
