"""Find people who are only in the history, as the command that added them was undone or reverted."""

from clientctl.base.listing import Card, Column
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.shared import client_sql
from clientctl.domain.shared.queries import Source, field
from clientctl.store import Reader

_LAST = """(SELECT max(seq) FROM clients_log WHERE id NOT IN (SELECT id FROM clients)
    AND op <> 'd' AND command_id <= (SELECT max(id) FROM commands) GROUP BY id)"""
"""The last image of everybody who is no longer there, in SQL; of the erased none is left that is one."""

SOURCE = Source(
    plural="undone clients",
    fields=dict(
        (
            field("id", "Id", "c.id", "integer"),
            field("name", "Name", client_sql.NAME, order=f"fold({client_sql.NAME})"),
            field("email", "E-mail", "c.email"),
            field("phone", "Phone", "c.phone", "phone"),
            field("undone", "Undone", "k.at", "instant"),
            field("undone_by", "Undone by", "('#' || k.id)", "number", order="k.id"),
        )
    ),
    origin=f"""clients_log c JOIN commands k ON k.id = (SELECT g.command_id FROM clients_log g
        WHERE g.id = c.id AND g.seq > c.seq ORDER BY g.seq LIMIT 1) AND c.seq IN {_LAST}""",
    shown=("id", "name", "undone", "undone_by"),
    number="id",
    order=("k.id", "c.id"),
)


def find(db: Reader, client_id: int) -> Client | None:
    """Find a person who is no longer stored, as they last were; return None if there is none."""
    row = db.row(f"SELECT {clients.STORED} FROM clients_log c WHERE c.id = ? AND c.seq IN {_LAST}", (client_id,))
    return Client(*row) if row else None


def card(client_id: int) -> Card:
    """Show what is left of a person who was erased from the history."""
    columns = Column("id", "Id", "integer"), Column("name", "Name")
    name = f"Anonymous #{client_id}"
    return Card(name, columns, (client_id, name))
