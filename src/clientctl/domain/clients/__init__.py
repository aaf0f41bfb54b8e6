"""Clients and what is recorded about them; how they are found, matched and compared."""
