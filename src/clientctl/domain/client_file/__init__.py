"""Show, export, merge and erase everything about a client."""
