"""A practice that is hard to re-import: similar people, changed memberships, unusual phones."""

from looking import dump_file

MORE = (
    ("client", "edit", "2", "--email", "nameless@example.net"),
    ("client", "add", "--phone", "+33 1 99 00 99 99"),
    ("client", "add", "--first", "Zoé", "--last", "Müller", "--email", "zoe@example.com"),
    ("client", "add", "--first", "No", "--last", "Contact"),
    ("client", "add", "--first", "No", "--last", "Contact"),
    ("membership", "extend", "M-1", "--by", "1m"),
    ("membership", "suspend", "M-2", "--resume", "2026-03-20"),
    ("membership", "add", "--client", "6", "--plan", "Yoga/Monthly", "--start", "2025-01-31", "--settled"),
    ("membership", "add", "--client", "7", "--plan", "Yoga/Monthly", "--start", "2025-03-02", "--settled"),
    ("membership", "resume", "M-2", "--on", "2026-03-12"),
    ("rate", "add", "Yoga", "First", "--price", "40", "--every", "1m", "--bill-day", "1"),
    ("membership", "add", "--client", "8", "--plan", "Yoga/First", "--start", "2025-03-15", "--settled"),
    ("plan", "add", "Ten", "--kind", "package"),
    ("rate", "add", "Ten", "Card", "--price", "90", "--sessions", "10", "--for", "1y"),
    ("package", "sell", "--client", "2", "--plan", "Ten"),
    ("payment", "record", "--client", "2", "--amount", "90", "--type", "cash"),
    ("charge", "add", "--client", "1", "--amount", "20", "--for", "Lost key"),
    ("credit", "issue", "1", "--amount", "12", "--expires", "2026-12-31", "--reason", "Goodwill"),
    ("note", "add", "1", "Prefers mornings", "--label", "Family"),
    ("task", "add", "2", "Call", "--due", "yesterday"),
    ("address", "add", "2", "--name", "Work", "--street", "1 rue X", "--city", "Évry"),
    ("payment-method", "add", "2", "card", "--label", "Visa", "--last-four", "4242"),
    ("preference", "add", "Newsletter"),
    ("preference", "opt-in", "1", "--preference", "Newsletter"),
)
"""Two of one e-mail and another name, two of one name and e-mail, two of a name and nothing else, one with a phone."""

PHONES = (
    ("field", "add", "Phone 2", "--type", "phone"),
    ("field", "add", "Code"),
    (
        "client",
        "edit",
        "1",
        "--phone",
        "+39 339 000 0001",
        "--field",
        "phone_2=+41 44 668 18 00",
        "--field",
        "code=007",
    ),
    ("client", "edit", "2", "--phone", "01 99 00 12 34", "--field", "code=+41"),
    ("client", "edit", "3", "--phone", "(07700) 900-769", "--field", "code=12345678901234567890"),
    ("client", "edit", "8", "--phone", "06123", "--field", "code='5"),
)
"""Numbers that a spreadsheet makes others of, and codes."""


def collect(path):
    """Return everything that is stored, except the traces of an import."""
    return {table: rows for table, rows in dump_file(path).items() if table != "imports"}
