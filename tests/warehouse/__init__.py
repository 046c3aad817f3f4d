"""How a table comes to be."""
