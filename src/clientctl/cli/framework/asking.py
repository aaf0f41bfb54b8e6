"""Questions on a terminal for missing parameters of a command: one at a time, each answer checked at once.

Each question is about a parameter of the command. Its metavar decides its kind: how an answer is checked, and what
there is to choose from. The answer is added to the arguments, as if it had been typed with the command.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from clientctl.base import calendar, text
from clientctl.base.words import say
from clientctl.cli.framework import prompts, runner
from clientctl.cli.framework.click import Context, MissingParameter, Parameter, TyperOption
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.clients import (
    addresses,
    documents,
    field_values,
    fields,
    labels,
    notes,
    preferences,
    profile,
    tasks,
)
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.memberships import packages, payment_methods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.money import charges, credits, orders, payments
from clientctl.domain.offers import plans, rates
from clientctl.domain.overview import segments
from clientctl.domain.practice import amounts, payment_types, settings, sites, typed_days
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request, Source
from clientctl.errors import ClientctlError, MissingParameterError, NotFoundError, StorageError, UsageError
from clientctl.output.streams import note
from clientctl.store import Reader

_SHOWN = 20
"""The most choices shown in a question."""


class Kind(NamedTuple):
    """A kind of answer: its check, its choices, the option that creates what does not exist yet, and a question.

    The question is about an answer that is valid but may be a mistake; None when there is nothing to ask.
    """

    check: Callable[[Reader, str], object] | None = None
    choices: Callable[[Reader], Iterable[str]] | None = None
    creates: str | None = None
    doubt: Callable[[Reader, str], str | None] | None = None


def complete(typed: Sequence[str], missing: MissingParameterError | MissingParameter) -> list[str]:
    """Ask for what is missing, and return the completed arguments.

    Of several parameters, at least one is needed. Raise typer.Abort when the input ends.
    """
    context = missing.context if isinstance(missing, MissingParameterError) else missing.ctx
    assert isinstance(context, Context)  # noqa: S101 - a command that was invoked has one; this tells mypy
    if isinstance(missing, MissingParameterError):
        wanted, before = _find_parameters(context, missing.parameters), missing.before
        needs = missing.message.partition(":")[0]
    else:
        wanted, before, needs = [missing.param] if missing.param else [], "", ""
    if not wanted:
        raise missing
    _check_given(context)
    if needs and len(wanted) == 1 and not before and not _kind_of(context, wanted[0]).choices:
        note(missing.message)  # it may name other ways to say it
    answers: list[str] = []
    options: list[str] = []
    while True:
        for parameter in wanted:
            arguments = _ask(context, parameter, before, may_be_empty=len(wanted) > 1)
            (options if isinstance(parameter, TyperOption) else answers).extend(arguments)
        if answers or options:
            break
        note(say("{needs}; Ctrl-C stops", needs=needs))
    end = typed.index("--") if "--" in typed else len(typed)
    after = [*typed[end + 1 :], *answers]
    return [*typed[:end], *options, *(["--", *after] if after else [])]


def _find_parameters(context: Context, names: Sequence[str]) -> list[Parameter]:
    by_name = {name: each for each in context.command.params for name in (*each.opts, _metavar(each))}
    return [by_name[name] for name in names if name in by_name]


def _check_given(context: Context) -> None:
    """Raise for a record that was named with the command and is not there, before anything is asked about it."""
    for parameter in context.command.params:
        check = _kind_of(context, parameter).check if _metavar(parameter) in _RECORDS else None
        given = context.params.get(parameter.name or "") or ()
        for each in [given] if isinstance(given, str) else given:
            if check and each != "-":
                with runner.reading(context.obj) as db:
                    check(db, each)


def _ask(context: Context, parameter: Parameter, before: str, *, may_be_empty: bool) -> list[str]:
    """Ask until an answer passes its check; return it as an argument, or nothing if it was skipped."""
    session: Session = context.obj
    kind = _kind_of(context, parameter)
    asked = _build_prompt(session, kind, _question_about(parameter, before), may_be_empty=may_be_empty)
    while True:
        answer = prompts.ask(asked)
        if not answer and may_be_empty:
            return []
        arguments = [f"{parameter.opts[0]}={before}{answer}" if isinstance(parameter, TyperOption) else answer]
        try:
            doubt = _check(session, kind, f"{before}{answer}" if answer else "")
            if doubt is None or prompts.is_agreed(doubt):
                return arguments
        except NotFoundError as error:
            note(error.message)
            can_make = kind.creates in {name for each in context.command.params for name in each.opts}
            if can_make and text.fold(answer) and prompts.is_agreed(say("Create it?")):
                return [*arguments, str(kind.creates)]
        except StorageError:
            raise  # no other answer helps
        except ClientctlError as error:
            for line in (error.message, *error.details):
                note(line)


def _build_prompt(session: Session, kind: Kind, asks: str, *, may_be_empty: bool) -> str:
    """Return a question with its choices."""
    if kind.check or kind.choices:
        with runner.reading(session) as db:  # a missing database is reported before anything is asked
            choices = list(islice(kind.choices(db), _SHOWN + 1)) if kind.choices else []
        asks += f" [{', '.join(choices[:_SHOWN])}{', …' if len(choices) > _SHOWN else ''}]" if choices else ""
    if may_be_empty:
        asks += f" [{say('Enter to skip')}]"
    return f"{asks}:"


def _check(session: Session, kind: Kind, answer: str) -> str | None:
    """Raise for a wrong answer; return a question about one that may be a mistake, else None."""
    if not answer:
        raise UsageError(say("an answer is needed; Ctrl-C stops"))
    if not kind.check:
        return None
    with runner.reading(session) as db:
        kind.check(db, answer)
        return kind.doubt(db, answer) if kind.doubt else None


def _question_about(parameter: Parameter, before: str) -> str:
    """Return the text of a question, like ``Due (the day on which it is due)``."""
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


def _kind_of(context: Context, parameter: Parameter) -> Kind:
    """Return the kind of a parameter; an unknown one takes any text."""
    noun, verb = (context.parent and context.parent.info_name) or "", context.info_name or ""
    metavar = _metavar(parameter)
    if metavar == "MEMBERSHIP":
        return Kind(
            lambda db, answer: membership_selectors.membership(
                db, answer, _BY_VERB.get(verb, membership_selectors.CHANGEABLE)
            )
        )
    if metavar == "PAYMENT":
        return Kind(
            _find_attempted if verb == "fail" else partial(membership_selectors.payment, received=verb != "show")
        )
    if metavar == "PLAN" and noun in _SOLD:
        return Kind(_find_plan, lambda db: _list_names(db, plans.SOURCE, kind=_SOLD[noun]))
    if metavar == "RATE":
        return _kind_of_rate(context)
    if metavar == "VALUE":
        return Kind(lambda _, answer: settings.parse(context.params["setting"], answer))
    return Kind() if metavar == "TYPE" and noun not in _PAYING else _KINDS.get(metavar, Kind())


def _kind_of_rate(context: Context) -> Kind:
    """Return the kind of a rate of the plan that was given, or of the plan of the membership."""
    plan, number = context.params.get("plan"), context.params.get("membership")

    def find_plan(db: Reader) -> plans.Plan:
        return plans.find(
            db, plan or membership_selectors.membership(db, str(number), membership_selectors.CHANGEABLE).plan
        )

    def check(db: Reader, answer: str) -> object:
        return rates.find(db, answer) if "/" in answer and not plan else rates.find_of_plan(db, find_plan(db), answer)

    def list_on_sale(db: Reader) -> Iterable[str]:
        return (each.name for each in rates.of_plan(db, find_plan(db)) if each.archived_on is None)

    return Kind(check, list_on_sale)


def _list_names(db: Reader, source: Source, column: str = "name", **wanted: str) -> Iterable[str]:
    """Yield the names in a list, without archived rows and those that differ from the wanted values."""
    asked = [key for key in ("archived", *wanted) if key in source.fields]
    for name, *rest in queries.listing(db, Query(source), Request((column, *asked))).rows:
        facts = dict(zip(asked, rest, strict=True))
        if not facts.get("archived") and all(facts[key] == value for key, value in wanted.items()):
            yield str(name)


def _find_plan(db: Reader, answer: str) -> object:
    return rates.find(db, answer) if "/" in answer else plans.find(db, answer)


def _check_field(db: Reader, answer: str) -> None:
    """Check the value of a field, ``KEY=VALUE``."""
    key, _, value = answer.partition("=")
    for of, values in profile.parse(db, {key: [value]}).values:
        for each in values:
            field_values.canonical(db, of, each)


def _phone_doubt(db: Reader, answer: str) -> str | None:
    """Return a question about a phone, ``KEY=VALUE``, that is not valid; None when it is."""
    key, _, value = answer.partition("=")
    if fields.find(db, key).type != "phone" or clients.number(db, text.clean_line(value))[1]:
        return None
    return say("{value} is not a valid phone number. Store it as typed?", value=value)


def _find_attempted(db: Reader, answer: str) -> object:
    """Find what a payment was tried for: by its number, that of the payment, or a client."""
    if not queries.is_number(answer):
        return client_selectors.client_named(db, answer)
    return _PAID_FOR.get(answer[:2].upper(), payments.find)(db, answer)


_PAID_FOR: dict[str, Callable[[Reader, str], object]] = {
    "C-": charges.find,
    "K-": packages.find,
    "M-": memberships.find,
    "O-": orders.card,
}
"""How to find what a payment can be for, by the letter of its number."""

_BY_VERB = {
    "renew": membership_selectors.RENEWABLE,
    "resume": membership_selectors.RESUMABLE,
    **dict.fromkeys(("add", "edit", "show", "timeline"), membership_selectors.ANY),
    **dict.fromkeys(("request", "activate", "revoke"), membership_selectors.FOR_MANDATE),
}
"""Which of a client's memberships a verb is about, where it is not the live or upcoming one."""

_RECORDS = frozenset({"CHARGE", "CLIENT", "MEMBERSHIP", "PACKAGE", "PAYMENT", "PLAN"})
"""The metavars of records that a question may be about."""

_SOLD = {"membership": "membership", "package": "package"}
"""The kind of plan that a noun sells."""

_PAYING = frozenset({"charge", "credit", "membership", "package", "payment", "payment-type"})
"""The nouns whose ``TYPE`` is a payment type."""

_KINDS = {
    "ADDRESS": Kind(addresses.find),
    "AMOUNT": Kind(amounts.parse),
    "CHARGE": Kind(charges.find),
    "CLIENT": Kind(client_selectors.client_named),
    "CREDIT": Kind(credits.find),
    "DAY": Kind(typed_days.parse),
    "DOCUMENT": Kind(documents.find),
    "DURATION": Kind(lambda _, answer: calendar.parse_interval(answer)),
    "EMAIL": Kind(lambda db, answer: _check_field(db, f"email={answer}")),
    "FIELD": Kind(fields.find, lambda db: (each.key for each in fields.all_fields(db))),
    "KEY=VALUE": Kind(_check_field, doubt=_phone_doubt),
    "INTERVAL": Kind(lambda _, answer: calendar.parse_every(answer)),
    "LABEL": Kind(labels.find, lambda db: _list_names(db, labels.SOURCE), "--new-label"),
    "METHOD": Kind(payment_methods.find),
    "NOTE": Kind(notes.find),
    "ORDER": Kind(orders.card),
    "PACKAGE": Kind(membership_selectors.package),
    "PHONE": Kind(
        lambda db, answer: _check_field(db, f"phone={answer}"),
        doubt=lambda db, answer: _phone_doubt(db, f"phone={answer}"),
    ),
    "PLAN": Kind(_find_plan, lambda db: _list_names(db, plans.SOURCE)),
    "PLAN/RATE": Kind(rates.find),
    "PREFERENCE": Kind(preferences.find, lambda db: _list_names(db, preferences.SOURCE)),
    "SEGMENT": Kind(segments.find),
    "SETTING": Kind(lambda _, answer: settings.check_key(answer)),
    "SITE": Kind(sites.find, lambda db: _list_names(db, sites.SOURCE)),
    "TASK": Kind(tasks.find),
    "TYPE": Kind(payment_types.find, lambda db: _list_names(db, payment_types.SOURCE)),
}
"""The kinds of parameters, by metavar."""
