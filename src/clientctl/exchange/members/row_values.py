"""Read the values of one row: names, days, statuses and prices in whatever form a program writes them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from clientctl.base import person_names
from clientctl.base.text import quoted, refuse_card, show_controls
from clientctl.base.uids import UID
from clientctl.base.words import say
from clientctl.errors import ClientctlError
from clientctl.exchange.members import cells as cells_
from clientctl.exchange.members import day_formats, status_words
from clientctl.exchange.members.day_formats import Order

PERSON = ("first_name", "last_name", "name", "email", "phone", UID)
"""Fields of which a row has at least one that is somebody's."""

_OF_A_TERM = frozenset({"starts_on", "ends_on", "next_bill_on"})
"""Days that decide what is owed and when: a row with an unreadable one is bad."""

_ENDLESS = "2100"
"""The year from which on an end means that there is none."""


class ValuesReader:
    """A reader of the values of a row, in whatever form a program writes them.

    ``order`` is that of its days, ``days`` the names of their columns by field, ``consents`` the fields that hold a
    yes or no to something people are sent, ``birth_parts`` the places of year and month of birth where they stand
    apart; with ``last_first`` whole names begin with the last name. ``called`` are the places of what somebody
    without a name may be called by, as address books have it, None in other sheets. ``yearless`` counts the birthdays
    that were left out.
    """

    def __init__(
        self,
        order: Order,
        days: Mapping[str, str],
        consents: Sequence[str],
        birth_parts: tuple[int, int] | None,
        *,
        last_first: bool,
        called: Sequence[int] | None,
    ) -> None:
        self._order, self._days, self._consents, self._birth_parts = order, days, consents, birth_parts
        self._is_last_first, self._called = last_first, called
        self.yearless = 0

    def tidy(self, values: dict[str, str], cells: Sequence[str]) -> None:
        """Strip titles from names and text from prices, recognize consents, complete birthdays or leave them out.

        A title and one name is a last name.
        """
        for field in ("first_name", "last_name"):
            if field in values and " " in values[field]:
                values[field] = person_names.strip_titles(values[field])
        if "name" in values:
            whole = values.pop("name")
            named = person_names.arrange(whole, last_first=self._is_last_first)
            is_last = " " not in named and " " in whole and "last_name" not in values
            values["last_name" if is_last else "name"] = named
        if "price" in values and not values["price"][-1:].isdigit():
            values["price"] = cells_.amount(values["price"])
        for field in self._consents:
            if field in values:
                values[field] = status_words.consent_of(values[field]) or values[field]
        if self._birth_parts and "birthday" in values:
            year, month = (cells[at] for at in self._birth_parts)
            values["birthday"] = f"{year or '-'}-{month:0>2}-{values['birthday']:0>2}"
        if "birthday" in values and day_formats.is_without_year(values["birthday"]):
            del values["birthday"]
            self.yearless += 1

    def convert(self, values: dict[str, str], cells: Sequence[str], odd: list[tuple[str, str]]) -> str | None:
        """Convert names, days and the terms of a plan; return what is wrong with the row, else None.

        What can't be read and may be left out is added to ``odd``, with its column.
        """
        if "@" in values.get("first_name", "") or "@" in values.get("name", ""):
            _name_apart(values)
        if self._called is not None and not any(field in values for field in PERSON):
            names = [values.get("company", ""), *(cells[at] for at in self._called)]
            if name := next(filter(None, names), None):
                values["last_name"] = name
        if problem := self._convert_days(values, odd):
            return problem
        return self._convert_terms(values) if "plan" in values else None

    def _convert_terms(self, values: dict[str, str]) -> str | None:
        """Convert the interval and the status of a plan; return the reason if it has no start."""
        if every := _every(values.get("rate") or values["plan"]):
            values["every"] = every
        if "status" in values:
            values["status"] = status_words.status_of(values["status"]) or values["status"]
        if "starts_on" in values:
            return None
        at = self._days.get("starts_on")
        where = (
            say("{at} is empty", at=show_controls(at))
            if at
            else say("no column is known as it: name yours with --map 'Column=starts_on', or add a column Start")
        )
        return say("has the plan {plan} and no start: {where}", plan=quoted(values["plan"]), where=where)

    def _convert_days(self, values: dict[str, str], odd: list[tuple[str, str]]) -> str | None:
        """Convert days to ISO form; one that can't be read is odd, or an error if of a term: return the reason."""
        for field, column in self._days.items():
            if field not in values:
                continue
            try:
                day = _iso_day(values[field], self._order)
            except (ValueError, ClientctlError) as error:
                cell, day = values[field], None
                if field not in _OF_A_TERM:
                    odd.append((column, cell))
                elif not (field == "ends_on" and (status_words.is_endless(cell) or day_formats.is_beyond(cell))):
                    return f"{show_controls(column)}: {error}"
            if day is None or (field == "ends_on" and day >= _ENDLESS):
                del values[field]
            else:
                values[field] = day
        return None


def _name_apart(values: dict[str, str]) -> None:
    """Move an e-mail in the place of the name to where it belongs."""
    from clientctl.base.emails import looks_like

    for field in ("name", "first_name"):
        if "last_name" not in values and looks_like(values.get(field, "")):
            values.setdefault("email", values.pop(field))


@lru_cache(maxsize=10_000)
def _iso_day(cell: str, order: Order) -> str | None:
    """Parse a day, in ISO form; None for a cell without one."""
    try:
        day = day_formats.parse_day(cell, order)
    except ValueError:
        refuse_card(cell)  # or it would be quoted
        raise
    return day.isoformat() if day else None


@lru_cache(maxsize=1000)
def _every(name: str) -> str:
    return str(status_words.interval_of(name) or "")
