"""How anything runs: paths, landing, warehouse, release, command line. No source or indicator is named here."""
