"""The inbox: ordered deliveries as they lie in a folder, read by a mapping that somebody has looked at.

Belongs here: files → rows in the project's codes, and what is wrong with them. Not here: which kinds of deliveries
there are (`data/catalogue/deliveries.yaml`), what becomes of the rows (`sql/core/`), and what is fetched.
"""
