"""The SQLite file: opening, transactions, migrations, the journal, search, backup, verify.

Nothing else in the program imports sqlite3 or sqlite_utils. There is one way to read,
``read()``, and one way to write, ``write()``.
"""

from clientctl.store.transactions import Reader, Replay, Writer, read, write

__all__ = ["Reader", "Replay", "Writer", "read", "write"]
