"""Find the client a person names: the first kind of name that hits wins, and never a guess."""

from collections.abc import Sequence

from clientctl.base import emails, phones, text
from clientctl.domain import clients, merged
from clientctl.domain.clients import Client
from clientctl.errors import AmbiguousError, ClientctlError, NotFoundError
from clientctl.store import Reader
from clientctl.store.search import further, search

_CANDIDATES = 10
"""How many are shown when a selector matches several."""

_FIRST_OR_FURTHER = """SELECT c.id, c.{kind} FROM client_search s JOIN clients c ON c.id = s.id
    WHERE s.{kind}_key = :wanted UNION ALL {further}"""

_EXACT = {
    "id": "SELECT c.id, NULL FROM clients c WHERE c.id = :wanted",
    "name": "SELECT s.id, NULL FROM client_search s WHERE s.last_first = :wanted OR s.first_last = :wanted",
    **{
        kind: _FIRST_OR_FURTHER.format(kind=kind, further=further(kind, "= :wanted", "v.client_id, v.value"))
        for kind in ("email", "phone")
    },
}
"""How clients are looked up by each kind of name: their ids, and the e-mail or phone that fits."""


def clients_named(db: Reader, selectors: Sequence[str], *, loosely: bool = False) -> list[Client]:
    """Find the clients that selectors name, each once, in their order. Raise for the first that fails."""
    found = {client.id: client for selector in selectors for client in [client_named(db, selector, loosely=loosely)]}
    return list(found.values())


def client_named(db: Reader, selector: str, *, loosely: bool = False) -> Client:
    """Find the one client a selector names.

    ``id:12``, ``email:…``, ``phone:…`` and ``name:…`` are exact. Otherwise ``+…`` or seven
    digits and more are a phone, fewer digits an id, an ``@`` makes an e-mail, anything else
    is the full name in either order; ``loosely``, for commands that only read, also the
    beginnings of its words. The id of a merged client leads to the survivor, and the user is
    told so. Raise NotFoundError, AmbiguousError.
    """
    typed = selector.strip()
    kind, wanted = _kind(typed)
    found = _matches(db, kind, wanted)
    if not found and kind == "name" and wanted == typed and loosely:  # name:… is exact
        found = _by_word_starts(db, wanted)
    if len(found) == 1:
        survivor = merged.survivor(db, found[0])
        if survivor != found[0]:
            db.tell(f"client {found[0]} was merged into {survivor}")
        return clients.get(db, survivor)
    raise several(db, selector, found) if found else _none(db, selector, kind, wanted)


def _kind(selector: str) -> tuple[str, str]:
    kind, colon, rest = selector.partition(":")
    if colon and kind in _EXACT:
        return kind, rest.strip()
    if phones.looks_like_phone(selector):
        return "phone", selector
    if selector.isascii() and selector.isdecimal():
        return "id", selector
    return ("email", selector) if "@" in selector else ("name", selector)


def _matches(db: Reader, kind: str, wanted: str) -> list[int]:
    keys = {
        "id": lambda: wanted if wanted.isdecimal() and len(wanted) < 19 else "",
        "email": lambda: emails.key(wanted),
    }
    keys |= {"phone": lambda: phones.key(wanted), "name": lambda: text.fold(wanted)}
    key = keys[kind]()
    if not key:
        return []
    rows = db.rows(f"{_EXACT[kind]} ORDER BY 1 LIMIT 1000", {"wanted": int(key) if kind == "id" else key})
    fitting = [client_id for client_id, fits in rows if kind != "phone" or _may_be_one(wanted, fits)]
    return list(dict.fromkeys(fitting))


def _may_be_one(wanted: str, phone: str) -> bool:
    """Say whether two numbers that end alike can be one: not when both name a country and not the same."""
    if not (wanted.startswith("+") and phone.startswith("+")) or wanted == phone:
        return True
    from phonenumbers import MatchType, is_number_match

    return bool(is_number_match(wanted, phone) != MatchType.NO_MATCH)


def _by_word_starts(db: Reader, wanted: str) -> list[int]:
    words = text.fold(wanted).split()
    if not words:
        return []
    values = {f"word{position}": f" {word}" for position, word in enumerate(words)}
    starts = " AND ".join(f"instr(' ' || s.last_first, :{name}) > 0" for name in values)
    ids: list[int] = []
    looked = search(wanted)
    for stage in looked.stages:
        sql = f"SELECT s.id FROM client_search s WHERE {stage.condition} AND {starts} LIMIT 1000"
        ids += [row[0] for row in db.rows(sql, {**values, **looked.values})]
    return sorted(ids)


def several(db: Reader, selector: str, ids: Sequence[int]) -> ClientctlError:
    """Make the error that lists the clients a selector could mean."""
    people = [clients.get(db, client_id) for client_id in ids[:_CANDIDATES]]
    details = [f"{client.id}  {client.name}  {client.email or ''}".rstrip() for client in people]
    if len(ids) > _CANDIDATES:
        details.append(f"… and {len(ids) - _CANDIDATES} more")
    return AmbiguousError(f"{len(ids)} clients match {text.quoted(selector)}: say which by id", details)


def _none(db: Reader, selector: str, kind: str, wanted: str) -> ClientctlError:
    hint = _close_names(db, text.fold(wanted)) if kind == "name" else []
    message = f"no client matches {text.quoted(selector)}"
    if hint:
        return NotFoundError(f"{message}: did you mean one of these?", hint)
    return NotFoundError(f"{message}: `clientctl client list TEXT` searches names, e-mails and phones")


def _close_names(db: Reader, wanted: str) -> list[str]:
    """Look among the names that begin like one of the words for those closest to it."""
    from difflib import get_close_matches

    near: dict[str, int] = {}
    for word in wanted.split():
        for column in ("last_first", "first_last"):
            rows = db.rows(
                f"SELECT first_last, last_first, id FROM client_search WHERE {column} >= ? AND {column} < ? LIMIT 500",
                (word[:2], word[:2] + "\U0010ffff"),
            )
            near |= {name: client_id for *both_orders, client_id in rows for name in both_orders}
    closest = dict.fromkeys(near[name] for name in get_close_matches(wanted, near, n=3, cutoff=0.7))
    return [f"{client_id}  {clients.get(db, client_id).name}" for client_id in closest]
