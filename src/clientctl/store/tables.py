"""Say of every table of the file what the journal, erasing and search need to know.

Each text column is called *personal* (it goes when the person is erased), *business* (it
stays: the practitioner's own words and the books) or *neutral* (a day, a key word, a code).
A text column that is not classified fails a test.
"""

from typing import NamedTuple


class Table(NamedTuple):
    """One table whose every change is journaled.

    ``client`` is the column that leads to the person a row is about. ``goes`` says that
    such rows are deleted when the person is erased; otherwise only their personal columns
    are blanked.
    """

    name: str
    client: str | None = None
    goes: bool = False
    personal: tuple[str, ...] = ()
    business: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()

    @property
    def log(self) -> str:
        """Name the table that holds the images of this one's rows."""
        return f"{self.name}_log"


TABLES = {
    table.name: table
    for table in (
        Table("settings", business=("value",), neutral=("key",)),
        Table("staff", business=("name", "name_key"), neutral=("archived_on",)),
        Table(
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
            ),
            neutral=("client_since_on", "source", "archived_on", "erased_on"),
        ),
        Table("labels", business=("name", "name_key"), neutral=("kind",)),
        Table("client_labels", client="client_id", goes=True),
        Table("plans", business=("name", "name_key"), neutral=("kind", "archived_on")),
        Table(
            "rates",
            business=("name", "name_key"),
            neutral=("currency", "every_unit", "term_unit", "archived_on"),
        ),
        Table(
            "memberships",
            client="client_id",
            personal=("cancel_reason",),
            neutral=(
                "currency",
                "every_unit",
                "starts_on",
                "anchor_on",
                "term_ends_on",
                "ends_on",
                "next_bill_on",
                "cancelled_on",
                "member_since_on",
                "created_on",
            ),
        ),
        Table("imports", business=("file_name",), neutral=("format", "digest")),
    )
}
"""In the order in which rows are put back: a table comes after those it refers to."""
