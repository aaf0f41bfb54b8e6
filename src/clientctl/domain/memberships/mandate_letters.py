"""Write the message that asks a client for a mandate, in the client's language."""

from typing import NamedTuple

from clientctl.base import money
from clientctl.base.calendar import Interval
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships.payment_methods import PaymentMethod
from clientctl.domain.memberships.record import Membership
from clientctl.domain.practice import settings, staff
from clientctl.store import Reader


class Letter(NamedTuple):
    """A message to a client, in plain text; ``address`` is None when the client has no e-mail."""

    name: str
    address: str | None
    subject: str
    text: str


class _Words(NamedTuple):
    """The texts of the message in one language."""

    subject: str
    subject_for: str
    membership: str
    anything: str
    text: str
    every: dict[str, tuple[str, str]]
    """The interval by unit: every one, and every several."""


_IN = {
    "en": _Words(
        "Direct debit mandate",
        "Direct debit mandate for {plan}",
        "Your membership {plan} ({number}, {price})",
        "What you buy from us",
        """Dear {name},

{what} is to be collected from your bank account by direct debit.
For that we need your permission, called a mandate.

Please answer this message: we then send you the form to sign. Nothing is collected
before we have it back, and you can take the mandate back at any time.

Kind regards
{owner}
""",
        {
            "day": ("every day", "every {} days"),
            "week": ("every week", "every {} weeks"),
            "month": ("every month", "every {} months"),
            "year": ("every year", "every {} years"),
        },
    ),
    "fr": _Words(
        "Mandat de prélèvement",
        "Mandat de prélèvement pour {plan}",
        "Votre abonnement {plan} ({number}, {price})",
        "Ce que vous achetez chez nous",
        """Bonjour {name},

{what} doit être réglé par prélèvement sur votre compte bancaire.
Pour cela, il nous faut votre autorisation, appelée mandat.

Merci de répondre à ce message : nous vous enverrons alors le formulaire à signer. Rien n'est prélevé
avant que nous l'ayons reçu, et vous pouvez révoquer le mandat à tout moment.

Cordialement
{owner}
""",
        {
            "day": ("par jour", "tous les {} jours"),
            "week": ("par semaine", "toutes les {} semaines"),
            "month": ("par mois", "tous les {} mois"),
            "year": ("par an", "tous les {} ans"),
        },
    ),
    "it": _Words(
        "Mandato di addebito diretto",
        "Mandato di addebito diretto per {plan}",
        "Il suo abbonamento {plan} ({number}, {price})",
        "Quanto acquista da noi",
        """Buongiorno {name},

{what} va pagato con addebito diretto sul suo conto bancario.
Per questo ci serve la sua autorizzazione, chiamata mandato.

Risponda per favore a questo messaggio: le invieremo il modulo da firmare. Nulla viene addebitato
prima che lo abbiamo ricevuto, e può revocare il mandato in qualsiasi momento.

Cordiali saluti
{owner}
""",
        {
            "day": ("al giorno", "ogni {} giorni"),
            "week": ("alla settimana", "ogni {} settimane"),
            "month": ("al mese", "ogni {} mesi"),
            "year": ("all'anno", "ogni {} anni"),
        },
    ),
}


def letter(db: Reader, method: PaymentMethod, membership: Membership | None) -> Letter:
    """Write the message: in the client's language, else in that of the settings, else in English."""
    client = clients.get(db, method.client_id)
    spoken = (str(each).partition("-")[0] for each in (client.language, settings.get(db, "language")))
    words = _IN[next((each for each in spoken if each in _IN), "en")]
    subject, what = words.subject, words.anything
    if membership:
        often = f" {_every(words, membership.every)}" if membership.every else ""
        price = f"{money.format_amount(membership.price)} {membership.price.currency}{often}"
        subject = words.subject_for.format(plan=membership.plan)
        what = words.membership.format(plan=membership.plan, number=membership.number, price=price)
    text = words.text.format(name=client.name, what=what, owner=staff.find_owner(db).name)
    return Letter(client.name, client.email, subject, text)


def _every(words: _Words, interval: Interval) -> str:
    count, unit = interval
    once, several = words.every[unit]
    return once if count == 1 else several.format(count)
