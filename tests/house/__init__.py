"""The shape of the house, and its documents."""
