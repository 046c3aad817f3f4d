"""How each service is asked, and replies that have drifted."""
