"""Orders: purchases made together; the lines of an order are its charges."""

from clientctl.base.listing import SEPARATOR, Card, Column, Listing
from clientctl.base.words import say
from clientctl.domain.money import charges
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Query, Request, Source, Where, field
from clientctl.errors import NotFoundError
from clientctl.store import Reader, Writer


def _sum(what: str) -> str:
    """Sum a column of an order's charges by currency, in SQL."""
    return f"""(SELECT group_concat(cell, '{SEPARATOR}') FROM (SELECT sum({what}) || ' ' || h.currency AS cell
        FROM charges h WHERE h.order_id = o.id GROUP BY h.currency HAVING sum({what}) > 0 ORDER BY h.currency))"""


def _first_sum(what: str) -> str:
    return f"(SELECT sum({what}) FROM charges h WHERE h.order_id = o.id GROUP BY h.currency ORDER BY h.currency)"


def _bought(table: str, letter: str) -> str:
    """List the numbers of what was bought with an order, in SQL: ``M-1``."""
    return f"""(SELECT group_concat('{letter}-' || id, '{SEPARATOR}') FROM
        (SELECT b.id FROM {table} b WHERE b.order_id = o.id ORDER BY b.id))"""


_PAID = "h.paid_minor + h.credit_minor"
_CURRENCY = """(SELECT group_concat(currency, ' + ') FROM
    (SELECT DISTINCT h.currency FROM charges h WHERE h.order_id = o.id ORDER BY h.currency))"""

SOURCE = Source(
    plural="orders",
    fields=dict(
        (
            field("number", "Number", "('O-' || o.id)", "number", order="o.id"),
            field("ordered", "Ordered", "o.ordered_on", "day"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "o.client_id", "integer"),
            field("site", "Site", "w.name", order="w.name_key"),
            field("memberships", "Memberships", _bought("memberships", "M"), "words"),
            field("packages", "Packages", _bought("packages", "K"), "words"),
            field("total", "Total", _sum("h.amount_minor"), "amounts", order=_first_sum("h.amount_minor")),
            field("paid", "Paid", _sum(_PAID), "amounts", order=f"nullif({_first_sum(_PAID)}, 0)"),
            field("left", "Left", _sum("h.left_minor"), "amounts", order=f"nullif({_first_sum('h.left_minor')}, 0)"),
            field("currency", "Currency", _CURRENCY),
        )
    ),
    origin="orders o",
    joins={
        "c": "JOIN clients c ON c.id = o.client_id",
        "s": "LEFT JOIN client_search s ON s.id = o.client_id",
        "w": "LEFT JOIN sites w ON w.id = o.site_id",
    },
    shown=("number", "ordered", "client", "total", "left", "memberships", "packages", "currency"),
    number="number",
    order=("o.id",),
    client="o.client_id",
    filters={
        "site": queries.is_any_record("o.site_id"),
        "ordered": queries.is_within("o.ordered_on"),
    },
)

_LINES = ("number", "what", "from", "until", "due", "amount", "left", "status")


def make(db: Writer, client_id: int, site_id: int | None) -> int:
    """Add an order of today; return its id."""
    return db.insert("orders", client_id=client_id, site_id=site_id, ordered_on=db.today.isoformat())


def card(db: Reader, number: str) -> Card:
    """Return the card of an order with its lines and their calculation. Raise UsageError, NotFoundError."""
    order_id = queries.number_id(number, "O")
    client = db.row(
        f"SELECT {client_sql.NAME} FROM orders o JOIN clients c ON c.id = o.client_id WHERE o.id = ?", (order_id,)
    )
    if client is None:
        raise NotFoundError(say("no order {number}: `clientctl order list` lists them", number=number))
    where = Where("o.id = :record", {"record": order_id})
    sections = {"lines": ("Lines", _lines(db, order_id))}
    return queries.card(db, SOURCE, where, title=f"O-{order_id}  {client[0]}", sections=sections)


def _lines(db: Reader, order_id: int) -> Listing:
    """List the charges of an order, with the calculation of each pro rata amount."""
    asked = Query(charges.SOURCE, [Where("h.order_id = :order", {"order": order_id})])
    listed = queries.listing(db, asked, Request(_LINES))
    rows = []
    for row in listed.rows:
        charge = charges.find(db, str(row[0]))
        rows.append((*row, charges.working(charge.whole, charge.used, charge.of) if charge.whole else None))
    return listed._replace(columns=(*listed.columns, Column("working", "Worked out")), rows=rows)
