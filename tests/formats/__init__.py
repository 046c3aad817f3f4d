"""Bytes → cells: each format, and files that are not what they say."""
