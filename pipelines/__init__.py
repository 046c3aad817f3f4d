"""How anything runs: paths, landing, warehouse, factory, release, command line. No source or indicator is named here."""
