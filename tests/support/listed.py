"""Arguments of every list, and commands to run on the practice of the tests so that it has rows."""

LISTS = {
    "client list": [],
    "client history": ["1"],
    "client duplicates": [],
    "label list": [],
    "note list": [],
    "task list": [],
    "address list": [],
    "preference list": [],
    "preference history": [],
    "document list": [],
    "export emails": ["--everyone", "--yes"],
    "field list": [],
    "segment list": [],
    "segment show": ["Everyone"],
    "staff list": [],
    "site list": [],
    "plan list": [],
    "service list": [],
    "rate list": [],
    "package list": [],
    "order list": [],
    "payment-method list": [],
    "membership list": [],
    "membership queues": [],
    "membership due": [],
    "membership timeline": ["M-1"],
    "billing preview": ["--through", "+1m"],
    "charge list": [],
    "payment list": [],
    "payment-type list": [],
    "credit list": [],
    "import list": [],
    "import mappings": [],
    "log": [],
    "config list": [],
    "db verify": [],
}
"""Every list, and what it takes to ask for it."""

CHARGES = (
    ("charge", "add", "--client", "1", "--amount", "20", "--for", "Lost key"),
    ("charge", "add", "--client", "2", "--amount", "15.50", "--for", "Workshop", "--due", "+7d"),
)

ROWS = {
    "note": (
        ("note", "add", "1", "Prefers mornings", "--label", "VIP"),
        ("note", "add", "2", "Wants to pause", "--type", "meeting"),
    ),
    "task": (
        ("task", "add", "1", "Send the invoice", "--due", "+3d"),
        ("task", "add", "2", "Call", "--due", "yesterday"),
        ("task", "add", "2", "Some day"),
    ),
    "address": (
        ("address", "add", "2", "--name", "Work", "--city", "Évry"),
        ("address", "add", "1", "--name", "Home", "--street", "12 rue X", "--postal-code", "01234", "--country", "FR"),
    ),
    "preference": (
        ("preference", "add", "Newsletter", "Offers"),
        ("preference", "opt-in", "1", "--preference", "Newsletter", "--how", "paper form"),
        ("preference", "opt-out", "3", "--preference", "Offers", "--on", "2026-01-31"),
    ),
    "document": (
        ("document", "attach", "2", "sheet.csv", "--by-client"),
        ("document", "attach", "1", "photo.png", "--name", "Ana.png"),
    ),
    "field": (("field", "add", "Dog", "--type", "choice", "--choice", "Small", "--choice", "Big"),),
    "import": (
        ("import", "csv", "sheet.csv", "--map", "E-mail=email", "--save-mapping", "Monthly"),
        ("import", "csv", "sheet.csv", "--map", "Last name=ignore", "--save-mapping", "Yearly", "--again"),
    ),
    "segment": (
        ("segment", "save", "Everyone", "--since", "..2026-12-31"),
        ("segment", "save", "Bound", "--member"),
    ),
    "charge": CHARGES,
    "payment": (
        *CHARGES,
        ("payment", "record", "C-1", "--type", "cash"),
        ("payment", "record", "C-2", "--type", "card", "--amount", "5", "--reference", "receipt 7"),
    ),
    "credit": (
        ("credit", "issue", "2", "--amount", "12", "--expires", "1m"),
        ("credit", "issue", "1", "--sessions", "3", "--reason", "Studio closed"),
    ),
    "staff": (("staff", "add", "Noor"),),
    "site": (("site", "add", "Lyon"), ("site", "add", "Annecy")),
    "service": (
        ("service", "add", "Massage", "--length", "1h", "--after", "15min", "--price", "60"),
        ("service", "add", "Bilan", "--length", "45min", "--place", "online", "--link", "https://meet.example.com/a"),
        ("service", "add", "Retreat", "--length", "2d", "--price", "240 CHF"),
    ),
    "package": (
        ("plan", "add", "Ten", "--kind", "package"),
        ("rate", "add", "Ten", "Open", "--price", "120", "--sessions", "10", "--for", "6m", "--clock", "first-use"),
        ("package", "sell", "--client", "2", "--plan", "Ten"),
        ("package", "sell", "--client", "1", "--plan", "Ten", "--start", "2026-02-01"),
    ),
    "payment-method": (
        ("payment-method", "add", "2", "card", "--label", "Visa", "--last-four", "4242"),
        ("payment-method", "add", "1", "direct-debit"),
    ),
    "mandate": (
        ("plan", "add", "Aqua", "--collection", "direct-debit"),
        ("rate", "add", "Aqua", "Monthly", "--price", "60"),
        ("membership", "add", "--client", "1", "--plan", "Aqua"),
    ),
}
"""What is added to the practice for the lists of a noun that it has too little of."""
