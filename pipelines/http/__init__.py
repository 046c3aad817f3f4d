"""One polite call: the only room that opens a socket.

    client   a request with its limits: calls in a window, the wait after a 429, retries, size, redirects, allowed hosts
    wire     the connection beneath: time limits that hold, addresses that are not followed
    reach    whether anybody answers at a host, asked once for all its tables

Not here: what a service's words mean (`protocols/`), keeping what it sent (`live/archive.py`).
"""
