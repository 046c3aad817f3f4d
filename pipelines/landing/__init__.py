"""Which figures do we stand on? The landed tables on disk, and how old they are.

    zone        a table's landing: the snapshot's or the live one, read, written and put in place by a rename
    freshness   dates against cadences

Not here: fetching (`live/`), what people put in the inbox (`inbox/`), what a table means (`sql/core/`).
"""
