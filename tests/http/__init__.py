"""One polite call, and servers that are not."""
