"""A place, told."""
