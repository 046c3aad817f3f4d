"""The page: what it is given, and how it looks in Chromium."""
