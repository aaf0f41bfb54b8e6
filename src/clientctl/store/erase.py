"""Take a person out of the file: live rows, and every image of them in the journal."""

from clientctl.store import journal, search
from clientctl.store.tables import TABLES, Table
from clientctl.store.transactions import Writer


def erase(writer: Writer, client_id: int, on: str) -> None:
    """Anonymise a client inside a final command: rows that are the person's go, the books stay, texts blanked.

    The search index is merged, and the file written anew after the commit: SQLite overwrites what
    it deletes, but not the copies it leaves in a page when it moves rows to another one.
    """
    for table in TABLES.values():
        if table.client is None:
            continue
        if table.goes:
            writer.connection.execute(f"DELETE FROM {table.name} WHERE {table.client} = ?", (client_id,))
        elif table.personal:
            also = ["erased_on = :on"] if table.name == "clients" else []
            blank = ", ".join([*(f"{column} = NULL" for column in table.personal), *also])
            writer.connection.execute(
                f"UPDATE {table.name} SET {blank} WHERE {table.client} = :client", {"client": client_id, "on": on}
            )
        _blank_images(writer, table, client_id)
    search.follow(writer.connection, writer.command)
    search.forget(writer.connection)
    writer.compact = True


def _blank_images(writer: Writer, table: Table, client_id: int) -> None:
    """Take the person out of the journal; rows that go count as removed already when they were written."""
    if table.goes:
        others = [column for column in journal.columns(writer.connection, table) if column != table.client]
        blank = ", ".join(["op = 'd'", *(f"{column} = NULL" for column in others)])
    elif table.personal:
        blank = ", ".join(f"{column} = NULL" for column in table.personal)
    else:
        return
    writer.connection.execute(f"UPDATE {table.log} SET {blank} WHERE {table.client} = ?", (client_id,))
