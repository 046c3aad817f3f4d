"""Every verdict of a place worked out again from the released figures, their errors and `chance`.

    figures      what is read, and the nation's and other comparators' figures
    trends       changed, movement, pace: each series of a place over five and ten years
    compared     benchmark's rows: difference, its error, q-value and words
    standing     goals, ranks, and where each recommendation stands

Worked out from the words of docs/chance.md, docs/follow-up.md and the data dictionary, row by row in Python; nothing of
the house is used.
"""
