"""The page of a release: what writes `site/` from the released tables. The page's own files lie in the room `site/`.

The format is agreed in docs/site-format.md.
"""
