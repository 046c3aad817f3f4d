"""The landed figures, and what is wrong with them."""
