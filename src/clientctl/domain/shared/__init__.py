"""The rules that every noun uses: list queries, lookup by name, archiving, intervals, names of clients in SQL."""
