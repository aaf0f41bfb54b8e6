"""Clients seen from above: filters, the client list with its columns, and segments."""
