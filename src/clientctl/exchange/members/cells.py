"""Parse cells as people fill them in: several e-mails or phones, names, labels, words for nothing."""

import re
import unicodedata
from functools import lru_cache

from clientctl.base.emails import looks_like
from clientctl.base.text import fold

NOTHING = frozenset(
    """N/A|n/a|N/a|N.A.|n.a.|#N/A|#REF!|#VALUE!|#NAME?|#DIV/0!|#NULL!|#NUM!|-|--|—|–|NULL|null|(null)""".split("|")  # noqa: SIM905 - shorter
)
"""What stands in a cell that holds nothing."""

_WORDS_FOR_NONE = """
    n/a, na, none, no, null, nil, unknown, tbd, xxx, x, no email, no e-mail, no mail, no phone, not given, not provided,
    aucun, aucune, sans, néant, non, inconnu, inconnue, non communiqué, non renseigné, pas de mail, pas d'email,
    pas d'e-mail, pas de courriel, pas d'adresse, pas de téléphone, pas de tél, pas de numéro, sans mail, sans email,
    sans téléphone, nessuno, nessuna, niente, sconosciuto, senza, senza mail, senza email, senza telefono, non ha,
    non ha mail, non ha email, non disponibile, non fornito, non fornita, nessuna mail, nessuna email"""
_NO_CONTACT = frozenset(map(fold, _WORDS_FOR_NONE.split(","))) | {""}

USUAL_EMAIL = re.compile(r"[\w.+'-]+@[\w.-]+", re.ASCII)
_ADDRESS = re.compile(r"[^\s<>;,:/()\"\[\]]+@[^\s<>;,:/()\"\[\]]+")
USUAL_PHONE = re.compile(r"(?!.*00000)[0-9 +().-]*")
_BETWEEN = re.compile(r"\s*(?:[;,/|\n]|\b(?:ou|or|et|and|o|oppure|e)\b)\s*")
_BEFORE = re.compile(r"[^\d+(]*[^\W\d][^\d+(]*")
_AFTER = re.compile(r"\s*(?:\([^\d)]*\)|[^\W\d]+\.?)\s*")
_FREE = frozenset("gratuit gratuite gratuito gratuita gratis free offert offerte offerto omaggio".split())  # noqa: SIM905 - shorter
_NO_CENTS = re.compile(r"[.,] ?[-–—]{1,2}(?!\d)")
_PER = re.compile(
    r" *(?:/|par|per|al|a|ogni|every|each|tous les|ttc|ht) *"
    r"(?:month|mois|mese|year|an|année|anno|week|semaine|settimana|day|jour|giorno|m|ttc|trimestre|quarter)?\.?$",
    re.IGNORECASE,
)
_LEAST = 8
"""Digits of a phone, if a cell holds several."""


def emails(cell: str) -> list[str] | None:
    """List the e-mails in a cell; none for words that mean nothing, None for a cell to be used as is."""
    if USUAL_EMAIL.fullmatch(cell):
        return None
    text = _visible(cell)
    if "@" not in text:
        return [] if fold(text) in _NO_CONTACT else None
    found = [each.removeprefix("mailto:").strip(".'") for each in _ADDRESS.findall(text)]
    return list(dict.fromkeys(found)) if found and all(map(looks_like, found)) else None


def phones(cell: str) -> list[str] | None:
    """List the phones in a cell; none for words that mean nothing, None for a cell to be used as is."""
    if USUAL_PHONE.fullmatch(cell):
        return None
    text = unicodedata.normalize("NFKC", _visible(cell))
    if fold(text) in _NO_CONTACT or not set(fold(text).replace(" ", "")) - {"0"}:
        return []
    parts = [part for part in _BETWEEN.split(text) if part]
    several = parts if len(parts) > 1 and all(sum(map(str.isdigit, part)) >= _LEAST for part in parts) else [text]
    return list(dict.fromkeys(map(_phone, several)))


@lru_cache(maxsize=1_000)  # the same ones come again and again in a sheet
def amount(cell: str) -> str:
    """Strip from an amount the signs for no cents, and how often it is paid: ``60.-``, ``60 €/mois``."""
    if fold(cell) in _FREE:
        return "0"
    return _PER.sub("", _NO_CENTS.sub("", cell)).strip()


def _phone(text: str) -> str:
    """Strip the words before and after a phone, as far as they have no digits."""
    before = _BEFORE.match(text)
    text = text[before.end() :] if before else text
    while (after := re.search(_AFTER.pattern + r"\Z", text)) and any(map(str.isdigit, text[: after.start()])):
        text = text[: after.start()]
        if any(map(str.isalpha, text)):
            break
    return text.strip()


def _visible(cell: str) -> str:
    """Strip invisible characters: zero-width ones, direction marks."""
    return "".join(char for char in cell if unicodedata.category(char) != "Cf").strip()
