"""A place on one screen or on paper: read from a release, told in Swedish. Nothing here makes a figure."""
