"""Ask a person at a terminal for what a command lacks: one thing at a time, each answer checked at once.

What is asked for is a parameter of the command. Its metavar says what kind of thing it is: how an answer is checked,
and what there is to choose from. The answer is put among what was typed, as if it had been typed at once.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import typer

from clientctl.base import calendar, text
from clientctl.cli import work
from clientctl.cli.click import Context, MissingParameter, Parameter, TyperOption
from clientctl.cli.options import Session
from clientctl.domain import (
    amounts,
    details,
    field_values,
    fields,
    find,
    labels,
    lists,
    payment_types,
    plans,
    preferences,
    rates,
    segments,
    settings,
    sites,
    typed_days,
)
from clientctl.domain.book import Reader
from clientctl.domain.lists import Query, Request, Source
from clientctl.errors import ClientctlError, LackingError, NotFoundError, StorageError, UsageError
from clientctl.output.streams import folded, note

_SHOWN = 20
"""Of what there is to choose from."""


class Kind(NamedTuple):
    """What an answer can be: its check, what there is to choose from, the option that makes what is not there yet."""

    check: Callable[[Reader, str], object] | None = None
    choices: Callable[[Reader], Iterable[str]] | None = None
    makes: str | None = None


def completed(typed: Sequence[str], lacking: LackingError | MissingParameter) -> list[str]:
    """Ask for what is lacking, and return what would have had to be typed.

    Of several parameters each may be left out, but not all. Raise typer.Abort when the input ends.
    """
    context = lacking.context if isinstance(lacking, LackingError) else lacking.ctx
    assert isinstance(context, Context)  # noqa: S101 - a command that was invoked has one; this tells mypy
    if isinstance(lacking, LackingError):
        wanted, before = _named(context, lacking.parameters), lacking.before
    else:
        wanted, before = [lacking.param] if lacking.param else [], ""
    answers: list[str] = []
    options: list[str] = []
    for parameter in wanted:
        given = _ask(context, parameter, before, may_be_empty=len(wanted) > 1)
        (options if isinstance(parameter, TyperOption) else answers).extend(given)
    if not (answers or options):
        raise lacking
    end = typed.index("--") if "--" in typed else len(typed)
    after = [*typed[end + 1 :], *answers]
    return [*typed[:end], *options, *(["--", *after] if after else [])]


def _named(context: Context, names: Sequence[str]) -> list[Parameter]:
    there = {name: each for each in context.command.params for name in (*each.opts, _metavar(each))}
    return [there[name] for name in names if name in there]


def _ask(context: Context, parameter: Parameter, before: str, *, may_be_empty: bool) -> list[str]:
    """Ask until an answer passes its check; return it as it would be typed, nothing for none."""
    session: Session = context.obj
    kind = _kind(context, parameter)
    asks = _question(parameter, before)
    if kind.check or kind.choices:
        with work.reading(session) as db:  # where there is none, that is said before anything is asked
            there = list(islice(kind.choices(db), _SHOWN + 1)) if kind.choices else []
        asks += f" [{', '.join(there[:_SHOWN])}{', …' if len(there) > _SHOWN else ''}]" if there else ""
    if may_be_empty:
        asks += " [Enter leaves it out]"
    asked = folded(text.inert(f"{asks}:"))
    while True:
        answer = str(typer.prompt(asked, default="", show_default=False, prompt_suffix=" ", err=True)).strip()
        if not answer and may_be_empty:
            return []
        given = [f"{parameter.opts[0]}={before}{answer}" if isinstance(parameter, TyperOption) else answer]
        try:
            _check(session, kind, f"{before}{answer}" if answer else "")
            return given
        except NotFoundError as error:
            note(error.message)
            can_make = kind.makes in {name for each in context.command.params for name in each.opts}
            if can_make and text.fold(answer) and typer.confirm("Make it?", err=True):
                return [*given, str(kind.makes)]
        except StorageError:
            raise  # no other answer helps
        except ClientctlError as error:
            for line in (error.message, *error.details):
                note(line)


def _check(session: Session, kind: Kind, answer: str) -> None:
    if not answer:
        raise UsageError("that is needed; Ctrl-C stops")
    if kind.check:
        with work.reading(session) as db:
            kind.check(db, answer)


def _question(parameter: Parameter, before: str) -> str:
    """Say what is wanted: ``Client (an id, e-mail, phone or full name)``."""
    if before:
        return before.rstrip("=").replace("_", " ").capitalize()
    name = parameter.opts[0].strip("-") if isinstance(parameter, TyperOption) else _metavar(parameter).lower()
    words = name.replace("-", " ").capitalize()
    explained = str(getattr(parameter, "help", None) or "").partition(";")[0].rstrip(".")
    if text.squeeze(text.fold(explained.removeprefix("The "))).startswith(text.squeeze(text.fold(words))):
        return explained
    return f"{words} ({explained[0].lower()}{explained[1:]})" if explained else words


def _metavar(parameter: Parameter) -> str:
    return (parameter.metavar or "").strip("[].")


# -- kinds --------------------------------------------------------------------------------------


def _kind(context: Context, parameter: Parameter) -> Kind:
    """Find the kind of a parameter; one that is not known takes any text."""
    noun = (context.parent and context.parent.info_name) or ""
    metavar = _metavar(parameter)
    if metavar == "PLAN" and noun in _SOLD:
        return Kind(_plan, lambda db: _names(db, plans.SOURCE, kind=_SOLD[noun]))
    if metavar == "TYPE" and noun not in _PAYING:
        return Kind()
    return _KINDS.get(metavar, Kind())


def _names(db: Reader, source: Source, column: str = "name", **wanted: str) -> Iterable[str]:
    """List what there is by name, archived ones left out, and those of whom something else is so than is wanted."""
    asked = [key for key in ("archived", *wanted) if key in source.fields]
    for name, *rest in lists.listing(db, Query(source), Request((column, *asked))).rows:
        facts = dict(zip(asked, rest, strict=True))
        if not facts.get("archived") and all(facts[key] == value for key, value in wanted.items()):
            yield str(name)


def _plan(db: Reader, answer: str) -> object:
    return rates.find(db, answer) if "/" in answer else plans.find(db, answer)


def _field(db: Reader, answer: str) -> None:
    """Check a value of a field, ``KEY=VALUE``."""
    key, _, value = answer.partition("=")
    for of, values in details.understood(db, {key: [value]}).values:
        for each in values:
            field_values.canonical(db, of, each)


_SOLD = {"membership": "membership", "package": "package"}
"""The kind of plan that a noun is about."""

_PAYING = frozenset({"charge", "credit", "membership", "package", "payment", "payment-type"})
"""The nouns whose types are those of payments."""

_KINDS = {
    "AMOUNT": Kind(amounts.read),
    "CLIENT": Kind(find.client_named),
    "DAY": Kind(typed_days.day),
    "DURATION": Kind(lambda _, answer: calendar.parse_interval(answer)),
    "EMAIL": Kind(lambda db, answer: _field(db, f"email={answer}")),
    "FIELD": Kind(fields.find, lambda db: (each.key for each in fields.all_fields(db))),
    "KEY=VALUE": Kind(_field),
    "LABEL": Kind(labels.find, lambda db: _names(db, labels.SOURCE), "--new-label"),
    "PHONE": Kind(lambda db, answer: _field(db, f"phone={answer}")),
    "PLAN": Kind(_plan, lambda db: _names(db, plans.SOURCE)),
    "PLAN/RATE": Kind(rates.find),
    "PREFERENCE": Kind(preferences.find, lambda db: _names(db, preferences.SOURCE)),
    "SEGMENT": Kind(segments.find),
    "SETTING": Kind(lambda _, answer: settings.known(answer), lambda _: settings.SETTINGS),
    "SITE": Kind(sites.find, lambda db: _names(db, sites.SOURCE)),
    "TYPE": Kind(payment_types.find, lambda db: _names(db, payment_types.SOURCE)),
}
"""What is known of a parameter by its metavar."""
