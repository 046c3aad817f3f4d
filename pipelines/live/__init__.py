"""What do the services have now? Fetching, and whether what came may land.

    services    the live tables that the catalogue names, a fetch of some of them, and what is worth fetching
    fetch       the tables of each service, one caller a host: ask, archive, read, check
    watch       a look at whether a table moved, which fetches nothing
    archive     every reply as it came, under its sha256
    admission   whether an arriving table may land: codes, labels, symbols, a lost leading zero, what it would lose

Not here: how a service is asked (`protocols/`), one call (`http/`), the files of a landing (`landing/`).
"""
