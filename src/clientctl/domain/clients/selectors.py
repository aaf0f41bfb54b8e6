"""Client selectors: how a user names a client. The first kind of name that matches wins; nothing is guessed."""

from collections.abc import Sequence

from clientctl.base import emails, phones, text
from clientctl.base.typos import is_slip, parts_of
from clientctl.base.words import say
from clientctl.domain.clients import merged_ids
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.errors import AmbiguousError, ClientctlError, NotFoundError
from clientctl.store import Reader
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.search import contact_query, search

_CANDIDATES = 10
"""How many clients are shown when a selector matches several."""

_NAMED = 3
"""How many similar clients are named when a text matches none."""

_SHORTEST_SLIP = 3
"""How many letters a word must have to be searched with a typing mistake."""

_LOOKED_AT = 5_000
"""How many clients are compared with a word that has a typing mistake."""

_FIRST_OR_FURTHER = """SELECT c.id, c.{kind} FROM client_search s JOIN clients c ON c.id = s.id
    WHERE s.{kind}_key = :wanted UNION ALL {further}"""

_EXACT = {
    "id": "SELECT c.id, NULL FROM clients c WHERE c.id = :wanted",
    "name": "SELECT s.id, NULL FROM client_search s WHERE s.last_first = :wanted OR s.first_last = :wanted",
    **{
        kind: _FIRST_OR_FURTHER.format(kind=kind, further=contact_query(kind, "= :wanted", "v.client_id, v.value"))
        for kind in ("email", "phone")
    },
}
"""The SQL for each kind of name: ids of clients, and the e-mail or phone that matches."""


def clients_named(
    db: Reader, selectors: Sequence[str], *, exactly: bool = False, archived: bool = False
) -> list[Client]:
    """Find the clients that selectors name, each once, in their order. Raise the error of the first that fails."""
    found = [client_named(db, selector, exactly=exactly, archived=archived) for selector in selectors]
    return list({client.id: client for client in found}.values())


def client_if_named(db: Reader, selector: str | None) -> Client | None:
    """Find the one client a selector names, as `client_named` does; return None when none is given."""
    return None if selector is None else client_named(db, selector)


def client_named(db: Reader, selector: str, *, exactly: bool = False, archived: bool = False) -> Client:
    """Find the one client a selector names.

    ``id:12``, ``email:…``, ``phone:…`` and ``name:…`` are exact. Otherwise ``+…`` or seven digits and more
    are a phone, fewer digits an id, an ``@`` makes an e-mail, and anything else is the full name in either order
    or, unless ``exactly``, the beginnings of its words; commands that can't be undone use ``exactly``. By name,
    archived clients match only when no others do, or the reverse with ``archived``. The id of a merged client
    leads to the survivor, and the user is notified. Raise NotFoundError, AmbiguousError.
    """
    typed = selector.strip()
    kind, wanted = _kind(typed)
    by_name = kind == "name" and wanted == typed and not exactly  # name:… is exact
    found = _find_exact(db, kind, wanted)
    if not found and by_name:
        found = _find_by_word_starts(db, wanted)
    if len(found) > 1 and by_name:
        found = _filter_archived(db, found, archived=archived) or found
    if len(found) == 1:
        survivor = merged_ids.survivor(db, found[0])
        if survivor != found[0]:
            db.notify(say("client {found} was merged into {survivor}", found=found[0], survivor=survivor))
        return clients.get(db, survivor)
    raise (
        ambiguous_error(db, selector, found) if found else _no_match_error(db, selector, kind, wanted, exactly=exactly)
    )


def _kind(selector: str) -> tuple[str, str]:
    kind, colon, rest = selector.partition(":")
    if colon and kind in _EXACT:
        return kind, rest.strip()
    if phones.looks_like_phone(selector):
        return "phone", selector
    if selector.isascii() and selector.isdecimal():
        return "id", selector
    return ("email", selector) if "@" in selector else ("name", selector)


def _find_exact(db: Reader, kind: str, wanted: str) -> list[int]:
    keys = {
        "id": lambda: wanted if wanted.isdecimal() and len(wanted) < 19 else "",
        "email": lambda: emails.key(wanted),
    }
    keys |= {"phone": lambda: phones.key(wanted), "name": lambda: text.fold(wanted)}
    key = keys[kind]()
    if not key:
        return []
    rows = db.rows(f"{_EXACT[kind]} ORDER BY 1", {"wanted": int(key) if kind == "id" else key})
    fitting = [client_id for client_id, fits in rows if kind != "phone" or _may_be_one(wanted, fits)]
    return list(dict.fromkeys(fitting))


def _may_be_one(wanted: str, phone: str) -> bool:
    """Return whether two numbers with the same ending can be one: not when they have different country codes."""
    if not (wanted.startswith("+") and phone.startswith("+")) or wanted == phone:
        return True
    from phonenumbers import MatchType, is_number_match

    return bool(is_number_match(wanted, phone) != MatchType.NO_MATCH)


def _filter_archived(db: Reader, ids: Sequence[int], *, archived: bool) -> list[int]:
    """Return only those clients who are archived, or only those who are not."""
    sql = f"SELECT id FROM clients WHERE id IN {AMONG} AND (archived_on IS NOT NULL) = ? ORDER BY id"
    return [row[0] for row in db.rows(sql, (json_array(ids), archived))]


def _find_by_word_starts(db: Reader, wanted: str) -> list[int]:
    words = text.fold(wanted).split()
    if not words:
        return []
    values = {f"word{position}": f" {word}" for position, word in enumerate(words)}
    conditions = [f"instr(' ' || s.last_first, :{name}) > 0" for name in values]
    longest = max(words, key=len)
    if len(longest) > 1:
        conditions.insert(0, "s.id IN (SELECT rowid FROM client_fts WHERE hay LIKE :like)")
        values["like"] = f"% {longest}%"
    rows = db.rows(f"SELECT s.id FROM client_search s WHERE {' AND '.join(conditions)} ORDER BY s.id", values)
    return [row[0] for row in rows]


def ambiguous_error(db: Reader, selector: str, ids: Sequence[int]) -> ClientctlError:
    """Build the error that lists the clients whom a selector matches."""
    return AmbiguousError(
        say(
            "{number} clients match {selector}: choose one, like id:{id}",
            number=len(ids),
            selector=text.quoted(selector),
            id=ids[0],
        ),
        _lines(db, ids),
    )


def _lines(db: Reader, ids: Sequence[int]) -> list[str]:
    """Return lines with the first clients, and how many more there are."""
    people = [clients.get(db, client_id) for client_id in ids[:_CANDIDATES]]
    shown = [f"{client.id}  {client.name}  {client.email or ''}".rstrip() for client in people]
    return [*shown, say("… and {ids} more", ids=len(ids) - _CANDIDATES)] if len(ids) > _CANDIDATES else shown


def _no_match_error(db: Reader, selector: str, kind: str, wanted: str, *, exactly: bool) -> ClientctlError:
    """Build the error for no match, which lists similar clients."""
    quoted = text.quoted(selector)
    near = [] if kind == "id" else _search(db, wanted) or _search_typos(db, wanted)
    if not near:
        return NotFoundError(
            say(
                "no client matches {quoted}: `clientctl client list TEXT` searches names, e-mails and phones",
                quoted=quoted,
            )
        )
    if exactly and kind == "name":
        how = say("the beginning is not enough here; use the full name, the e-mail, or id:{near}", near=near[0])
        return NotFoundError(
            say("no client is named exactly {quoted}: {how}", quoted=quoted, how=how), _lines(db, near)
        )
    how = say("did you mean one of these? choose one, like id:{near}", near=near[0])
    return NotFoundError(say("no client matches {quoted}: {how}", quoted=quoted, how=how), _lines(db, near))


def suggest(db: Reader, wanted: str) -> str | None:
    """Suggest clients similar to a text that a list did not find, and how to show them; None when there are none."""
    left_out = _search(db, wanted)
    ids = left_out or _search_typos(db, wanted)
    if not ids:
        return None
    people = [clients.get(db, each).title for each in ids[:_NAMED]]
    more = [say("{ids} more", ids=len(ids) - _NAMED)] if len(ids) > _NAMED else []
    names = say(" or ").join([", ".join([*people, *more][:-1]), [*people, *more][-1]] if len(ids) > 1 else people)
    shows = (
        say("`clientctl client show id:{id}` shows the first", id=ids[0])
        if len(ids) > 1
        else say("`clientctl client show id:{id}` shows who that is", id=ids[0])
    )
    if left_out:
        return say("archived, or excluded by a filter or the site: {names}; {shows}", names=names, shows=shows)
    return say("did you mean {names}? {shows}", names=names, shows=shows)


def _search(db: Reader, wanted: str) -> list[int]:
    """List the ids that the search finds, the closest first."""
    looked = search(wanted)
    ids: list[int] = []
    for stage in looked.stages:
        sql = f"SELECT s.id FROM client_search s WHERE {stage.condition} ORDER BY {stage.order}"
        ids += [row[0] for row in db.rows(sql, looked.values)]
    return ids


def _search_typos(db: Reader, wanted: str) -> list[int]:
    """List the ids that match except for a typing mistake in one word; the other words may be beginnings."""
    words = sorted(text.fold(wanted).split(), key=len, reverse=True)  # the longest are in the fewest clients
    for at, word in enumerate(words):
        if len(word) < _SHORTEST_SLIP:
            break
        ids: dict[int, None] = {}
        others = {f"other{number}": f" {other}" for number, other in enumerate(words[:at] + words[at + 1 :])}
        also = "".join(f" AND instr(s.hay, :{name}) > 0" for name in others)
        for piece in parts_of(f" {word} "):
            sql = f"""SELECT s.id, s.hay FROM client_search s
                WHERE s.id IN (SELECT rowid FROM client_fts WHERE hay LIKE :piece){also} LIMIT {_LOOKED_AT}"""
            rows = db.rows(sql, {"piece": f"%{piece}%", **others})
            ids |= dict.fromkeys(each for each, hay in rows if any(is_slip(word, other) for other in hay.split()))
        if ids:
            return list(ids)
    return []
