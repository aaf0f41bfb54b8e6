"""The parts of a client's file: the lists of what is kept about a person, and where each is shown.

The dossier contains every part. The card and the workbook contain those that say so, each in its own order.
A merge needs no part: it moves the rows of every table that refers to a client.
"""

from typing import NamedTuple

from clientctl.domain.clients import addresses, documents, notes, preferences, tasks
from clientctl.domain.memberships import packages, payment_methods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.money import charges, credits, orders, payments
from clientctl.domain.shared.queries import Source, Where

_RECENT = 10
"""The number of a client's latest orders, charges and payments that the card shows."""


class OnCard(NamedTuple):
    """The share of a part that a client's card shows.

    ``columns`` are those of the list, without the client, unless given; ``latest`` limits the rows, and ``where``
    chooses among them. ``title`` replaces that of the part.
    """

    columns: tuple[str, ...] = ()
    latest: int | None = None
    where: Where | None = None
    title: str | None = None


class Part(NamedTuple):
    """A part of a client's file: the list it is one client's share of, and where it is shown.

    ``card`` is None when the card shows it in another section, or not at all. A private part is in a dossier only
    when the practitioner says so.
    """

    key: str
    title: str
    source: Source
    card: OnCard | None
    is_sheet: bool = False
    is_private: bool = False

    @property
    def table(self) -> str:
        """Return the table that its rows are from."""
        return self.source.origin.split()[0]


PARTS = (
    Part("addresses", "Addresses", addresses.SOURCE, OnCard(("id", "name", *addresses.LINES))),
    Part("memberships", "Memberships", memberships.SOURCE, OnCard(), is_sheet=True),
    Part(
        "packages",
        "Packages",
        packages.SOURCE,
        OnCard(("number", "status", "plan", "sessions", "left", "expires")),
        is_sheet=True,
    ),
    Part("package_entries", "Sessions used", packages.ENTRIES, None),
    Part("orders", "Orders", orders.SOURCE, OnCard(latest=_RECENT), is_sheet=True),
    Part("charges", "Charges", charges.SOURCE, OnCard(latest=_RECENT, title="Latest charges"), is_sheet=True),
    Part("payments", "Payments", payments.SOURCE, OnCard(latest=_RECENT, title="Latest payments"), is_sheet=True),
    Part(
        "credits",
        "Credits",
        credits.SOURCE,
        OnCard(("id", "issued", "amount", "sessions", "left", "sessions_left", "status", "expires", "reason")),
        is_sheet=True,
    ),
    Part(
        "payment_methods",
        "Payment methods",
        payment_methods.SOURCE,
        OnCard(("id", "kind", "label", "last_four", "mandate", "mandate_on", "memberships")),
    ),
    Part("preferences", "Preferences", preferences.STANDING, OnCard()),
    Part("consents", "Opted in and out", preferences.CONSENTS, None),
    Part("documents", "Documents", documents.SOURCE, OnCard(("id", "name", "bytes", "shared_by", "attached_at"))),
    Part(
        "notes",
        "Notes",
        notes.SOURCE,
        OnCard(("id", "at", "type", "text", "by", "label")),
        is_sheet=True,
        is_private=True,
    ),
    Part(
        "tasks",
        "Tasks",
        tasks.SOURCE,
        OnCard(("id", "status", "due", "description", "assignee"), where=Where(tasks.OPEN)),
        is_sheet=True,
        is_private=True,
    ),
)
"""Every part, in the order of the dossier and of the sheets."""
