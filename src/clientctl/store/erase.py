"""Take a person out of the file: live rows, and every image of them in the journal."""

from clientctl.store import journal, search
from clientctl.store.tables import TABLES
from clientctl.store.transactions import Writer


def erase(writer: Writer, client_id: int, on: str) -> None:
    """Anonymise a client inside a final command: rows that are the person's go, the books stay, texts blanked.

    The search index is merged afterwards, which takes a tenth of a second at 100,000 clients.
    """
    for table in TABLES.values():
        if table.client is None:
            continue
        if table.goes:
            writer.connection.execute(f"DELETE FROM {table.name} WHERE {table.client} = ?", (client_id,))
        elif table.personal:
            blank = ", ".join(f"{column} = NULL" for column in table.personal)
            also = ", erased_on = :on" if table.name == "clients" else ""
            writer.connection.execute(
                f"UPDATE {table.name} SET {blank}{also} WHERE {table.client} = :client",
                {"client": client_id, "on": on},
            )
        columns = journal.columns(writer.connection, table) if table.goes else table.personal
        if columns:
            blank = ", ".join(f"{column} = NULL" for column in columns if column != table.client)
            writer.connection.execute(f"UPDATE {table.log} SET {blank} WHERE {table.client} = ?", (client_id,))
    search.follow(writer.connection, writer.command)
    search.forget(writer.connection)
