"""Fill a book with what clients are filtered by, and name the filters whose speed is measured.

What is asked for as ``few`` is planted: `generate.PLANTED` clients have it in a book of any size. What is asked
for as ``many`` grows with the book, so that the first twenty are soon found.
"""

from pathlib import Path

import generate
from harness import program, run

from clientctl.domain.session import opened

_DEFINED = (
    ("label", "add", "Many", "Few"),
    ("preference", "add", "Many", "Few"),
    ("site", "add", "Many"),
    ("site", "add", "Few"),
    ("field", "add", "Dog"),
    ("field", "add", "Points", "--type", "number"),
    ("plan", "add", "Few"),
    ("segment", "save", "Many", "--label", "Many", "--member"),
    ("segment", "save", "Few", "--label", "Few"),
)

_PLANTED = f"last_name = '{generate.PLANTED_LAST}'"
_VALUES = (
    f"""UPDATE clients SET company = iif({_PLANTED}, 'Few', 'Many ' || last_name),
        birthday_on = iif({_PLANTED}, '1990-03-15', date('1960-04-01', '+' || (id * 37 % 330) || ' days')),
        client_since_on = iif({_PLANTED}, '2010-01-01', client_since_on),
        site_id = (SELECT id FROM sites WHERE name = iif({_PLANTED}, 'Few', 'Many'))""",
    f"""INSERT INTO client_labels(client_id, label_id) SELECT c.id, l.id FROM clients c
        JOIN labels l ON l.name = iif({_PLANTED}, 'Few', 'Many')""",
    f"""INSERT INTO consents(client_id, preference_id, opted_in, given_on, source) SELECT c.id, p.id, 1, '2026-01-01',
        'hand' FROM clients c JOIN preferences p ON p.name = iif({_PLANTED}, 'Few', 'Many')""",
    f"""INSERT INTO field_values(client_id, field_id, value, value_key) SELECT c.id, f.id,
        iif({_PLANTED}, 'Few', 'Many'), iif({_PLANTED}, 'few', 'many')
        FROM clients c JOIN fields f ON f.key = 'dog'""",
    f"""INSERT INTO field_values(client_id, field_id, value, value_key) SELECT c.id, f.id,
        iif({_PLANTED}, 5000, c.id % 1000), iif({_PLANTED}, 5000, c.id % 1000)
        FROM clients c JOIN fields f ON f.key = 'points'""",
    f"""UPDATE memberships SET plan_id = (SELECT id FROM plans WHERE name = 'Few')
        WHERE client_id IN (SELECT id FROM clients WHERE {_PLANTED})""",
)

FEW = {
    "label": ("--label", "Few"),
    "on-plan": ("--on-plan", "Few"),
    "opted-in": ("--opted-in", "Few"),
    "site": ("--site", "Few"),
    "since": ("--since", "..2010-12-31"),
    "email is": ("--where", "email is {email}"),
    "phone is": ("--where", f"phone is {generate.PLANTED_PHONE}"),
    "name is": ("--where", f"name is {generate.PLANTED_FIRST} {generate.PLANTED_LAST}"),
    "company is": ("--where", "company is Few"),
    "birthday in": ("--where", "birthday in this-month"),
    "text is": ("--where", "dog is Few"),
    "text contains": ("--where", "dog contains few"),
    "number above": ("--where", "points above 4999"),
    "segment": ("--segment", "Few"),
}
"""Filters that choose as many clients of a big book as of a small one; ``{email}`` is that of one of the planted."""

MANY = {
    "label": ("--label", "Many"),
    "not-label": ("--not-label", "Few"),
    "member": ("--member",),
    "no-member": ("--no-member",),
    "on-plan": ("--on-plan", "Gym"),
    "opted-in": ("--opted-in", "Many"),
    "site": ("--site", "Many"),
    "status": ("--status", "lead"),
    "since": ("--since", "2020-01-01.."),
    "company contains": ("--where", "company contains many"),
    "text is": ("--where", "dog is Many"),
    "text contains": ("--where", "dog contains man"),
    "number above": ("--where", "points above 500"),
    "segment": ("--segment", "Many"),
}
"""Filters that choose a part of a book."""

LOOKED_AT = {
    "since": "each client",
    "company is": "each client",
    "birthday in": "each client",
    "text contains": "each client",
    "number above": "each client",
}
"""Of ``FEW``, what no index answers, and what is looked at: it takes longer in a bigger book. An index serves the rest.

An index of texts could not be asked what they contain, nor whatever their case and accents: ours are folded, by a
function that no index may use, only in fields of the owner's. Of ``MANY`` the first page is soon full.
"""


def fill(path: Path) -> None:
    """Give the people of a book what is filtered for: labels, sites, fields and the like, all by themselves."""
    for words in _DEFINED:
        run(program(*words, "--db", path))
    with opened.writing(path, "client edit") as db:
        for statement in _VALUES:
            db.connection.execute(statement)
