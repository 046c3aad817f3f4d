"""What exists, and where it comes from. No socket, no connection and no SQL text in this room."""
