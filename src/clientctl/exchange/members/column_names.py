"""Recognize what the columns of a sheet are by their names, in English, French and Italian.

The names are those that Google, Outlook, Wix and the lists people keep by hand give; case, accents,
spaces and punctuation do not count. Nothing is taken from the cells.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from clientctl.base.import_records import Target
from clientctl.base.text import fold, quoted, squeeze
from clientctl.base.uids import UID
from clientctl.base.words import say
from clientctl.errors import UsageError

CONSENT = "preference"
"""What stands before the name of a preference in the columns that we export, with a colon: that is never a field."""

IGNORE = "ignore"
"""What a column is mapped to when it is left out without a word."""

_NAMES = {
    "first_name": "first name, given name, forename, first, firstname, prénom, prénoms, nome di battesimo",
    "last_name": "last name, family name, surname, last, nom de famille, cognome",
    "name": """
        full name, display name, client, client name, customer, customer name, member, member name, nom
        complet, nom et prénom, nom prénom, prénom et nom, prénom nom, nom du client, nom client, membre,
        adhérent, adhérente, nome completo, nome e cognome, nome cognome, cognome e nome, cognome nome,
        nominativo, cliente, socio, iscritto""",
    "email": """
        email, e-mail address, email 1, e-mail 1 value, primary email, mail, mail address, courriel,
        adresse e-mail, adresse mail, adresse courriel, adresse électronique, adresse de messagerie, mél,
        indirizzo e-mail, indirizzo mail, posta elettronica, indirizzo posta elettronica, indirizzo di posta
        elettronica,
        courrier électronique, e-mail personnel, e-mail perso, mail perso, e-mail personale""",
    "phone": """
        phone, phone number, contact number, contact no, phone 1, phone 1 value, telephone, telephone number, tel,
        tel no, mobile, mobile phone, mobile number, cell, cell phone, cellphone, téléphone mobile, tél mobile,
        téléphone portable, portable, numéro de téléphone, n° de téléphone, n° téléphone, numéro de portable,
        telefono, numero di telefono, n. telefono, cellulare, telefono cellulare, telefonino, recapito telefonico,
        gsm, natel, n° de portable, n° portable, n° tél, n° tel, numéro de tél, numéro mobile, numéro gsm,
        tél portable, tél port, telefono mobile, tel cellulare, numero cellulare, numero di cellulare,
        n cellulare, cell""",
    "company": """
        company, company name, organization, organisation, organization name, organization 1 name,
        business, société, entreprise, nom de l'entreprise, raison sociale, azienda, società, ditta,
        ragione sociale""",
    "position": """
        position, job title, job, role, organization title, organization 1 title, poste, fonction,
        métier, intitulé du poste, titre (2), posizione, ruolo, mansione, qualifica""",
    "company_address": """
        company address, business address, adresse de l'entreprise, adresse de la société, adresse
        professionnelle, indirizzo dell'azienda, indirizzo azienda, indirizzo della società""",
    "birthday": """
        birthday, birthdate, birth date, date of birth, dob, born, anniversaire, date d'anniversaire, date
        de naissance, naissance, né le, née le, né(e) le, compleanno, data di nascita, nascita, nato il,
        nata il, nato/a il,
        date naissance, date naiss, date de naiss, ddn, né(e), data nascita, nato/a""",
    "language": "language, preferred language, langue, langue préférée, lingua, lingua preferita",
    "login_email": """
        login e-mail, login, e-mail de connexion, adresse de connexion, e-mail di accesso""",
    "site": "site",
    "client_since": """
        client since, customer since, since, date joined, joined, joined on, join date, registered,
        registration date, signup date, client depuis, cliente depuis, client depuis le, date
        d'inscription, inscription, inscrit le, inscrite le, inscrit(e) le, date d'entrée, cliente dal,
        cliente da, data iscrizione, data di iscrizione, iscritto dal, iscritta dal, iscritto il, data
        registrazione,
        date d'adhésion, date adhésion, adhésion le, date d'arrivée, date inscription, inscrit(e) depuis,
        inscrit depuis, adhérent(e) depuis, data adesione, data di adesione, iscritto/a dal,
        data iscrizione socio, registered on, date registered, enrolled on, enrollment date, enrolment date,
        membership date""",
    "plan": """
        plan, plan name, membership, membership type, membership plan, type of membership, membership
        name, subscription, subscription plan, formule, abonnement, nom de l'abonnement, type
        d'abonnement, type abonnement, type de formule, forfait, adhésion, type d'adhésion, piano, nome
        piano, abbonamento, tipo abbonamento, tipo di abbonamento, formula,
        contrat, type de contrat, nom du contrat, tipologia abbonamento, tipologia di abbonamento, tipologia,
        contratto, tipo contratto, tipo di contratto, tipo iscrizione, contract, contract type""",
    "rate": """
        rate, membership rate, rate name, billing period, billing cycle, billing interval, frequency,
        payment frequency, tarif, nom du tarif, périodicité, fréquence, fréquence de paiement, périodicité
        de facturation, tariffa, periodicità, frequenza, cadenza, frequenza di pagamento,
        fréquence de facturation, périodicité de paiement, mode de facturation, frequenza di fatturazione,
        frequenza pagamento, periodicità di pagamento, cadenza di pagamento, cadenza pagamento,
        billing frequency""",
    "price": """
        price, amount, cost, fee, price paid, membership price, monthly price, prix, montant, prix payé,
        prix ttc, montant ttc, coût, cotisation, prezzo, importo, costo, quota, prezzo pagato,
        montant mensuel, prix mensuel, mensualité, prix de l'abonnement, montant de la cotisation,
        prezzo mensile, importo mensile, quota mensile, prezzo abbonamento, monthly fee, membership fee""",
    "currency": "currency, currency code, devise, monnaie, valuta, divisa, moneta",
    "starts_on": """
        start, starts, starts on, start date, started, started on, from, valid from, membership start,
        membership start date, début, date de début, date début, date début abonnement, début
        d'abonnement, début de l'abonnement, début abonnement, débute le, à partir du, du, valable du,
        commence le, inizio, data inizio, data di inizio, inizio abbonamento, data inizio abbonamento,
        inizia il, dal, valido dal, decorrenza, data decorrenza,
        début du contrat, début de contrat, début contrat, date de début du contrat,
        date de début de contrat, date début contrat, date de début d'abonnement,
        date de début de l'abonnement, début de l'adhésion, début d'adhésion, début adhésion,
        début de validité, date de souscription, souscrit le, à compter du, inizio contratto,
        inizio del contratto, data inizio contratto, data di inizio abbonamento, inizio validità,
        data attivazione, data di attivazione, attivo dal, contract start, contract start date,
        start of contract, subscription start, subscription start date, activation date""",
    "ends_on": """
        end, ends, ends on, end date, ended, until, to, valid until, valid to, valid through, expiry,
        expiry date, expires, expires on, expiration, expiration date, membership end, membership end
        date, fin, date de fin, date fin, date fin abonnement, fin d'abonnement, fin de l'abonnement, fin
        abonnement, finit le, échéance, date d'échéance, expire le, expiration le, date d'expiration,
        jusqu'au, au, valable jusqu'au, fine, data fine, data di fine, fine abbonamento, data fine
        abbonamento, termina il, scadenza, data scadenza, data di scadenza, scade il, al, valido fino al,
        fino al,
        fin du contrat, fin de contrat, fin contrat, date de fin du contrat, date de fin de contrat,
        date fin contrat, date de fin d'abonnement, date de fin de l'abonnement, fin de l'adhésion,
        fin d'adhésion, fin adhésion, fin de validité, valide jusqu'au, échéance du contrat, fine contratto,
        fine del contratto, data fine contratto, data di fine abbonamento, fine validità, valido fino a,
        scadenza abbonamento, scadenza contratto, data scadenza abbonamento, contract end, contract end date,
        end of contract, subscription end, subscription end date""",
    "next_bill_on": """
        next billing date, next billing, next bill, next bill date, next billed on, next payment, next
        payment date, next payment due, next invoice, next charge, next due date, renewal date, renews on,
        prochaine facturation, date de prochaine facturation, prochain paiement, prochaine échéance,
        prochain prélèvement, date du prochain paiement, date de la prochaine facturation, prochaine
        facture, prossima fatturazione, data prossima fatturazione, prossimo pagamento, data prossimo
        pagamento, prossimo addebito, prossima scadenza, prossima fattura, prossimo rinnovo,
        date de renouvellement, prochain renouvellement, data rinnovo, data di rinnovo""",
    "status": """
        status, state, membership status, subscription status, statut, état, statut de l'abonnement,
        statut abonnement, état de l'abonnement, stato, stato abbonamento, stato dell'abbonamento,
        statut du contrat, statut de l'adhésion, statut adhésion, situation, stato contratto,
        stato iscrizione, contract status""",
    "labels": """
        labels, label, tags, tag, categories, category, groups, étiquettes, étiquette, libellés, libellé,
        catégories, catégorie, groupes, etichette, etichetta, categorie, categoria, gruppi,
        groupe, group, gruppo, segment, segments""",
}

# Taken for the field only in a sheet that has no better column for it.
_NEXT_BEST = {
    "client_since": """
        member since, created, created on, created at (UTC+0), created at, creation date, date added,
        added on, membre depuis, adhérent depuis, adhérente depuis, date de création, créé le, ajouté le,
        socio dal, membro dal, data creazione, creato il, aggiunto il""",
    "phone": """
        home phone, work phone, business phone, primary phone, tél fixe, tél domicile, tél pro, tel fisso, tel casa,
        téléphone fixe, fixe, téléphone domicile,
        téléphone professionnel, telefono fisso, fisso, telefono casa, telefono ufficio, telefono lavoro""",
    "position": "profession, professione",
    "labels": "group membership",
}

# A whole name, unless the sheet has a column for one half of it: then the other half.
_HALF_OR_WHOLE = frozenset({"name", "nom", "noms", "nome"})

_LAST_FIRST = frozenset(
    ["nometprenom", "nomprenom", "cognomeenome", "cognomenome", "nometprenoms", "nomprenoms", "lastnamefirstname"]
)

FIELDS = tuple(_NAMES)
"""Every field that a column can be, as ``--map`` names it."""

ADDRESS = ("street", "postal_code", "city", "region", "country")
"""What makes an address of a client's."""

FURTHER = ("notes", "other_email", "other_phone", "website")
"""What a client has several of: more columns than one can be it."""

_OTHER = {"email": "other_email", "phone": "other_phone"}
"""What a second column of the kind is."""

ALL = (*FIELDS, *ADDRESS, *FURTHER)
"""Everything that a column can be in any practice."""


class Recognized(NamedTuple):
    """The recognized columns: the place of each field, unrecognized columns, places of further e-mails and phones."""

    places: Mapping[str, int]
    unknown: tuple[str, ...]
    further: dict[int, str]


def recognize(header: Sequence[str], overrides: Mapping[str, str], own: Sequence[Target] = ()) -> Recognized:
    """Find the field of each column; ``overrides`` are the fields of some, by column name.

    What is said comes before what is recognized, and the names in ``own``, which the practice gave its
    fields itself, before those of everybody. Raises UsageError when an override names a column or field
    that does not exist, and when two columns are the same field.
    """
    chosen = _fields_by_place(header, overrides, own)
    found = [chosen.get(place) or _unless(chosen, field) for place, field in enumerate(_by_name(header, own))]
    _find_names(header, found)
    _find_next_best(header, found)
    further = _find_further(found, chosen)
    unknown = tuple(name for name, field in zip(header, found, strict=True) if field is None)
    return Recognized(_places(header, found), unknown, further)


def fields_by_key(overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the field for each possible column name, by its key; ``overrides`` are added."""
    names = dict.fromkeys(_HALF_OR_WHOLE, "name") | _NEXT_BEST_BY_KEY | _BY_KEY
    return names | {_key(name): field for name, field in overrides.items() if field != IGNORE}


def is_last_first(name: str) -> bool:
    """Return whether a column of whole names has the last name first, by its name."""
    return _key(name) in _LAST_FIRST


def key_of(name: str) -> str:
    """Return the key for comparing column names."""
    return _key(name)


def resolve(
    header: Sequence[str], named: Mapping[str, str], usual: Mapping[str, str], own: Sequence[Target], mapping: str = ""
) -> dict[str, str]:
    """Return the user's field for each column, by column name, as the field's key.

    ``usual`` is what was saved as ``mapping``: a column of it may be missing, and ``named`` comes before it.
    Raise UsageError.
    """
    chosen = _fields_by_place(header, named, own)
    rest = [name for place, name in enumerate(header) if place not in chosen]
    keys = {_key(name) for name in rest}
    saved: dict[int, str] = {}
    for name, field in usual.items():
        if name in rest or _key(name) in keys:
            try:
                field_key_of(field, own)
            except UsageError:
                raise _outdated(name, field, mapping) from None
            saved |= {header.index(rest[at]): key for at, key in _fields_by_place(rest, {name: field}, own).items()}
    return {header[place]: field for place, field in (saved | chosen).items()}


def _outdated(name: str, field: str, mapping: str) -> UsageError:
    """Describe why a saved mapping of a column can't be followed any more, and every way out."""
    values = {
        "mapping": quoted(mapping),
        "name": quoted(name),
        "field": quoted(field),
        "ignored": quoted(f"{name}={IGNORE}"),
    }
    if field.startswith("field:"):
        return UsageError(
            say(
                "the mapping {mapping} takes column {name} for {field}, which there is no more: `clientctl field list "
                "--archived` shows whether it is archived, else --map {ignored} or another field, and --save-mapping "
                "{mapping} to keep that",
                **values,
            )
        )
    return UsageError(
        say(
            "the mapping {mapping} takes column {name} for {field}, which there is no more: --map {ignored} or another "
            "field, and --save-mapping {mapping} to keep that",
            **values,
        )
    )


def consent(name: str) -> str | None:
    """Return the preference that a column is about, by its name; None for any other column."""
    word, _, preference = name.partition(":")
    return preference.strip() if fold(word) == CONSENT and fold(preference) else None


def is_mailing(name: str) -> bool:
    """Return whether a column is about consent to mailings, by its name: ``Newsletter``, ``Lettre d'info``."""
    words = fold(name).split()
    return not _MAILINGS.isdisjoint(words) or ("lettre" in words and not _INFORMATION.isdisjoint(words))


_MAILINGS = {"newsletter", "newsletters", "infolettre", "mailing", "mailings", "emailing", "emailings", "marketing"}
_INFORMATION = {"info", "infos", "information", "informations"}


def _fields_by_place(header: Sequence[str], overrides: Mapping[str, str], own: Sequence[Target]) -> dict[int, str]:
    """Return the user's field for a column, by the column's place."""
    chosen: dict[int, str] = {}
    for name, field in overrides.items():
        key = _key(name)
        same = [place for place, column in enumerate(header) if column == name]
        alike = same or [place for place, column in enumerate(header) if key and _key(column) == key]
        if len(alike) != 1:
            wrong = say("no column") if not alike else say("several columns")
            raise UsageError(
                say(
                    "{wrong} {name} in the sheet: it has {quoted}",
                    wrong=wrong,
                    name=quoted(name),
                    quoted=", ".join(map(quoted, header)),
                )
            )
        chosen[alike[0]] = field_key_of(field, own)
    return chosen


def field_key_of(field: str, own: Sequence[Target]) -> str:
    """Return the key of the field that the user named. Raise UsageError listing the fields."""
    if key := find_field_key(field, own):
        return key
    raise UsageError(
        say(
            "no field {field} to map to: use {own} or {ignore}",
            field=quoted(field),
            own=", ".join(field_names(own)),
            ignore=IGNORE,
        )
    )


def find_field_key(field: str, own: Sequence[Target]) -> str | None:
    """Find the key of the field that the user named.

    What everybody has comes first as it is written here, then what the owner has, then the former however written.
    """
    if field in FIELDS or field == IGNORE:
        return field
    wanted = _key(field)
    if not wanted:
        return None
    for target in own:
        if wanted in map(_key, (target.key, *target.names)):
            return target.key
    for target in own:
        if wanted == _key(target.key.partition(":")[2]):
            return target.key
    return _EVERY_BY_KEY.get(wanted)


def field_names(own: Sequence[Target]) -> list[str]:
    """List the possible fields of a column, as names that ``field_key_of`` takes."""
    return [*ALL, *((*target.names, target.key)[0] for target in own if target.key not in FIELDS)]


def _by_name(header: Sequence[str], own: Sequence[Target]) -> list[str | None]:
    """Return the field of each column name; spaces count for custom fields if two names differ only in them.

    So ``0/1`` is not the field of ``01``. Whatever the owner has, a column called ``uid`` may be of our own making.
    """
    exact = {fold(name): target.key for target in reversed(own) for name in target.names} | {UID: UID}
    found = [exact.get(fold(name)) for name in header]
    alike = {_key(name): target.key for target in reversed(own) for name in target.names if target.key not in found}
    names = _BY_KEY | alike
    return [field or names.get(_key(name)) for field, name in zip(found, header, strict=True)]


def _unless(chosen: Mapping[int, str], field: str | None) -> str | None:
    """Return a recognized field, unless the user chose another column for it; then it may be a further one."""
    return _OTHER.get(field or "") if field in chosen.values() else field


def _find_names(header: Sequence[str], found: list[str | None]) -> None:
    """Decide whether a column called only "name" is the whole name or which half of it."""
    meant = "name"
    if "first_name" in found and "last_name" not in found:
        meant = "last_name"
    elif "last_name" in found and "first_name" not in found:
        meant = "first_name"
    for place, name in enumerate(header):
        if found[place] is None and _key(name) in _HALF_OR_WHOLE:
            found[place] = meant


def _find_next_best(header: Sequence[str], found: list[str | None]) -> None:
    """Choose a lesser column for a field that has no better one; of several, the first."""
    for place, name in enumerate(header):
        field = _NEXT_BEST_BY_KEY.get(_key(name))
        if found[place] is None and field not in found:
            found[place] = field


def _find_further(found: list[str | None], chosen: Mapping[int, str]) -> dict[int, str]:
    """Choose columns for further e-mails and phones, after the first one; return their places."""
    for place, field in enumerate(found):
        if field in _OTHER and place not in chosen and field in found[:place]:
            found[place] = _OTHER[field]
    others = _OTHER.values()
    return {place: field for place, field in enumerate(found) if field and field in others and place not in chosen}


def _places(header: Sequence[str], found: Sequence[str | None]) -> dict[str, int]:
    """Return the place of each field; raise UsageError if two columns are the same field."""
    places: dict[str, int] = {}
    for place, (name, field) in enumerate(zip(header, found, strict=True)):
        if field is None or field == IGNORE or field in FURTHER:
            continue
        if field in places:
            raise UsageError(
                say(
                    "columns {first} and {second} are both {field}: leave one out with --map {ignored}",
                    first=quoted(header[places[field]]),
                    second=quoted(name),
                    field=field,
                    ignored=quoted(name + "=" + IGNORE),
                )
            )
        places[field] = place
    return places


def _key(name: str) -> str:
    return squeeze(fold(name))


def _by_key(names: Mapping[str, str]) -> dict[str, str]:
    return {_key(name): field for field, listed in names.items() for name in listed.split(",")}


_BY_KEY = _by_key(_NAMES) | {UID: UID}
_NEXT_BEST_BY_KEY = _by_key(_NEXT_BEST)
_EVERY_BY_KEY = _by_key(_NAMES) | {_key(field): field for field in (*ALL, IGNORE)}
