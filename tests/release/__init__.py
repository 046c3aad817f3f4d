"""A release as its readers meet it, and its figures beside their sources."""
