"""What SQL cannot compute, and WHO's table format for inequality measures.

    simulation   intervals by seeded draws
    ranks        how sure a municipality's place among the others is
    fitting      a table fitted to margins, in whole persons
    measures     `jamlik measures`: the SQL measures over one file
    template     WHO HEAT's upload template, read
    heat         the same, written from a release
    effects/     what became of places where a measure was taken: `jamlik effects`

Formulas that SQL can hold are in `sql/macros.sql` (Wilson, Byar, Dobson) and `sql/measures/`.
"""
