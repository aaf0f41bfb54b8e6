"""Say of every table of the file what the journal, erasing and search need to know.

Each text column is called *personal* (it goes when the person is erased), *business* (it
stays: the practitioner's own words and the books) or *neutral* (a day, a key word, a code).
A text column that is not classified fails a test; of the others, those that are personal are named.
"""

from typing import NamedTuple


class Table(NamedTuple):
    """One table whose every change is journaled.

    ``number`` stands for it in the list of changes, and is never another table's. ``client`` is
    the column that leads to the person a row is about. ``goes`` says that such rows are deleted
    when the person is erased; otherwise only their personal columns are blanked. ``unite`` names
    the columns, besides ``client``, in which two of a person's rows say the same when they agree:
    of two that come together in a merge one is kept.
    """

    number: int
    name: str
    client: str | None = None
    goes: bool = False
    personal: tuple[str, ...] = ()
    business: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    unite: tuple[str, ...] = ()

    @property
    def log(self) -> str:
        """Name the table that holds the images of this one's rows."""
        return f"{self.name}_log"

    @property
    def typed(self) -> tuple[str, ...]:
        """Name the columns that hold what somebody typed, as it was typed."""
        held = (*self.personal, *self.business)
        return tuple(name for name in held if name not in _DERIVED and not name.endswith(("_key", "_on", "_id")))

    @property
    def singular(self) -> str:
        """Name one row of the table as people do."""
        name = self.name.removeprefix("client_").replace("_", " ")
        ends = (("ies", "y"), ("sses", "ss"), ("s", ""))
        return next(name.removesuffix(end) + one for end, one in ends if name.endswith(end))


_DERIVED = {"photo", "digest", "uid"}
"""What is worked out from a file, or drawn by a program."""


def title_of(column: str) -> str:
    """Name a column as people do."""
    end = next((end for end in ("_on", "_id", "_key") if column.endswith(end)), "")
    return column.removesuffix(end).replace("_", " ")


TABLES = {
    table.name: table
    for table in (
        Table(1, "settings", business=("value",), neutral=("key",)),
        Table(2, "staff", business=("name", "name_key"), neutral=("archived_on",)),
        Table(3, "sites", business=("name", "name_key"), neutral=("archived_on",)),
        Table(
            4,
            "clients",
            client="id",
            personal=(
                "first_name",
                "last_name",
                "email",
                "phone",
                "company",
                "position",
                "birthday_on",
                "language",
                "company_address",
                "login_email",
                "photo",
                "site_id",
            ),
            neutral=("client_since_on", "source", "archived_on", "erased_on"),
        ),
        Table(5, "labels", business=("name", "name_key"), neutral=("kind",)),
        Table(6, "client_labels", client="client_id", goes=True, unite=("label_id",)),
        Table(
            7,
            "plans",
            business=("name", "name_key"),
            neutral=(
                "kind",
                "archived_on",
                "collection",
                "pause_rule",
                "min_term_unit",
                "notice_unit",
                "grace_unit",
            ),
        ),
        Table(
            8,
            "rates",
            business=("name", "name_key"),
            neutral=("currency", "every_unit", "term_unit", "archived_on", "clock"),
        ),
        Table(9, "orders", client="client_id", neutral=("ordered_on",)),
        Table(10, "payment_types", business=("name", "name_key")),
        Table(
            11,
            "payment_methods",
            client="client_id",
            goes=True,
            personal=("name", "last_four", "mandate_reference"),
            neutral=("kind", "mandate", "mandate_on"),
        ),
        Table(
            12,
            "memberships",
            client="client_id",
            personal=("cancel_reason", "payment_method_id"),
            neutral=(
                "currency",
                "every_unit",
                "collection",
                "pause_rule",
                "min_term_unit",
                "notice_unit",
                "grace_unit",
                "trial_ends_on",
                "billed_from_on",
                "starts_on",
                "anchor_on",
                "term_ends_on",
                "ends_on",
                "next_bill_on",
                "cancelled_on",
                "cancel_made_on",
                "member_since_on",
                "created_on",
                "sold_unit",
            ),
        ),
        Table(
            13,
            "pauses",
            client="client_id",
            personal=("reason",),
            neutral=("starts_on", "resumes_on", "moves_on", "due_through_on"),
        ),
        Table(14, "membership_changes", neutral=("currency", "every_unit", "agreed_on")),
        Table(
            15,
            "packages",
            client="client_id",
            neutral=("currency", "sold_on", "valid_unit", "starts_on", "expires_on"),
        ),
        Table(16, "package_entries", client="client_id", personal=("reason",), neutral=("kind", "entered_on")),
        Table(
            17,
            "charges",
            client="client_id",
            personal=("description", "waive_reason"),
            neutral=("kind", "starts_on", "ends_on", "currency", "due_on", "made_on", "attempt"),
        ),
        Table(
            18,
            "payments",
            client="client_id",
            personal=("reference", "reason"),
            neutral=("kind", "currency", "paid_on"),
        ),
        Table(
            19,
            "credits",
            client="client_id",
            personal=("reason",),
            neutral=(
                "kind",
                "currency",
                "issued_on",
                "expires_on",
                "revoked_on",
                "every_unit",
                "next_issue_on",
                "until_on",
                "valid_unit",
            ),
        ),
        Table(20, "credit_uses", client="client_id", personal=("reason",), neutral=("used_on",)),
        Table(21, "allocations"),
        Table(22, "fields", business=("name", "name_key"), neutral=("key", "type", "archived_on")),
        Table(23, "field_choices", business=("name", "name_key")),
        Table(
            24,
            "field_values",
            client="client_id",
            goes=True,
            personal=("value", "value_key"),
            unite=("field_id", "value_key"),
        ),
        Table(25, "notes", client="client_id", goes=True, personal=("text",), neutral=("kind", "written_at")),
        Table(
            26,
            "tasks",
            client="client_id",
            goes=True,
            personal=("description",),
            neutral=("due_on", "done_on", "created_on"),
        ),
        Table(
            27,
            "addresses",
            client="client_id",
            goes=True,
            personal=("name", "street", "postal_code", "city", "region", "country"),
            unite=("name", "street", "postal_code", "city", "region", "country"),
        ),
        Table(28, "preferences", business=("name", "name_key")),
        Table(29, "consents", client="client_id", goes=True, personal=("how",), neutral=("given_on", "source")),
        Table(
            30,
            "documents",
            client="client_id",
            goes=True,
            personal=("name", "digest"),
            neutral=("shared_by", "attached_at"),
            unite=("name", "digest", "shared_by"),
        ),
        Table(31, "card_properties", client="client_id", goes=True, personal=("text",), unite=("text",)),
        Table(32, "segments", business=("name", "name_key", "filter")),
        Table(33, "not_duplicates", client="client_id", goes=True),
        Table(34, "mappings", business=("name", "name_key", "columns")),
        Table(35, "imports", business=("file_name",), neutral=("format", "digest")),
        Table(36, "erasures", neutral=("added_at",)),
        Table(37, "client_uids", client="client_id", goes=True, personal=("uid",)),
    )
}
"""In the order in which rows are put back: a table comes after those it refers to."""

NUMBERED = {table.number: table for table in TABLES.values()}
"""The same by the number that stands for each in the list of changes."""

CONSENT_MADE_BY = """coalesce({0}.made_by,
    (SELECT f.command_id FROM consents_log f WHERE f.id = {0}.id ORDER BY f.seq LIMIT 1))"""
"""The command that kept a consent, in SQL: in the file where it was kept, the journal says which."""
