"""What have people put in? Ordered deliveries, read by a mapping that somebody has looked at, and filled-in forms.

    store       which files are deliveries, and the tables they become
    draft       `jamlik inbox`: a first mapping, with what could not be guessed
    mapping     a file's own YAML          shapes      what kinds of deliveries there are
    grid        bytes → columns            translate   texts → the project's codes
    persons     person rows                cube, counting   … counted into cells
    checks      what must hold in one delivery              merge   … and between several
    forms       csv forms, row by row      form_cells  one cell of a form

Belongs here: files → rows in the project's codes, and what is wrong with them. Not here: which kinds of deliveries
there are (`data/catalogue/deliveries.yaml`), what becomes of the rows (`sql/core/`), and what is fetched.
"""
