"""Make up people, always the same ones: ``python tests/benchmarks/generate.py 10k [--members] > people.csv``.

Names are of the kind a French practitioner meets, e-mails are unique, most phones are mobile
numbers that can be real. Two groups are planted, as many in a big book as in a small one: who is called
Xanthopoulos can be searched for, and whose membership ends in the week of ``TODAY`` is in the queue. In a
sheet of a crowd, every second phone is that of a reception, which fifty people have, and one in fifty comes twice.
"""

import argparse
import csv
import random
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TextIO

TODAY = date(2026, 3, 1)
LATER = date(2026, 6, 1)
"""A day on whose week memberships end in proportion to the size of the book."""

PLANTED = 40
PLANTED_FIRST, PLANTED_LAST = "Quirina", "Xanthopoulos"
PLANTED_PHONE = "06 99 88 77 66"
"""The phone of one of the planted."""

_FIRST_NAMES = """
    Adèle Agathe Alessandro Alice Ana Andrea Anne-Sophie Antoine Arthur Aurélie Bastien Béatrice Camille Carlo
    Céline Charlotte Chiara Chloé Christophe Clémence Clément Cyril Damien Élise Élodie Emma Estelle Fabien
    Fatima Florian François Gabriel Giulia Guillaume Hannah Hélène Hugo Inès Isabelle Jean-Baptiste Jérôme Julie
    Kevin Laetitia Laura Léa Loïc Louise Luca Lucie Maëlle Manon Marco Margaux Maria Marie Marine Martin Mary-Kate
    Mathieu Maxime Mehdi Michaël Nathalie Nicolas Noémie Océane Olivier Paola Pauline Pierre Rachid Raphaël Romain
    Sandrine Sarah Sébastien Sofia Stéphanie Théo Thomas Valérie Vincent Yasmine Zoé
"""
_LAST_NAMES = """
    Arnaud Aubert Bailly Barbier Benali Benoît Bernard Bertrand Bianchi Blanc Blanchard Bonnet Boucher Bouvier
    Brun Brunet Carpentier Caron Charpentier Chevalier Clément Colin Collet Colombo Conti Cousin Da-Silva David
    Denis Deschamps Dubois Dufour Dumas Dumont Dupont Dupuis Durand Fabre Faure Ferrari Fernandez Fleury Fontaine
    Fournier François Gaillard Garcia Garnier Gauthier Gérard Giraud Girard Guérin Guillot Henry Hoffmann Huet Hubert
    Jacquet Jean Joly Lacroix Lambert Laurent Le-Gall Le-Roux Leclerc Lecomte Lefebvre Legrand Lemaire Lemoine
    Leroux Leroy Lévy Lopez Lucas Mallet Marchand Marie Martin Martinez Masson Mathieu Mercier Meunier Meyer Michel
    Moreau Morel Morin Moulin Müller Nguyen Nicolas Noël Olivier Paris Perez Perrin Petit Philippe Picard Pierre
    Renard Renaud Rey Richard Rivière Robert Robin Roche Roger Rolland Romano Rossi Roussel Roux Roy Sánchez Schmitt
    Simon Thomas Vasseur Vidal Vincent Weber
"""
_COLUMNS = ("first name", "last name", "email", "phone", "client since")
_MEMBER_COLUMNS = ("plan", "rate", "price", "start", "end")
_RATES = (("Yoga", "Annual", "490.00 EUR"), ("Pilates", "Annual", "540.00 EUR"), ("Gym", "Annual", "360.00 EUR"))


class Person(NamedTuple):
    """One line of the sheet; the last five are empty for who has no membership."""

    first: str
    last: str
    email: str
    phone: str
    since: str
    plan: str = ""
    rate: str = ""
    price: str = ""
    starts: str = ""
    ends: str = ""


def people(count: int) -> Iterator[Person]:
    """Return that many people, one after the other; two of three have a membership of a year."""
    dice = random.Random(20260301)
    first_names, last_names = _FIRST_NAMES.split(), _LAST_NAMES.split()
    step = max(count // PLANTED, 1)
    for number in range(count):
        planted = number // step if number % step == step // 2 and number // step < PLANTED else None
        first, last = dice.choice(first_names), dice.choice(last_names)
        phone = _phone(number, dice.random())
        since = date(2015, 1, 1) + timedelta(days=dice.randrange(4_000))
        starts = date(2025, 4, 15) + timedelta(days=dice.randrange(260)) if number % 3 else None
        if planted is not None:
            first, last = PLANTED_FIRST, PLANTED_LAST
            phone = PLANTED_PHONE if planted == 0 else phone
            starts = TODAY - timedelta(days=360 - planted % 5)
        person = Person(first, last, f"{_plain(first)}.{_plain(last)}.{number}@example.org", phone, f"{since}")
        if starts:
            ends = starts.replace(year=starts.year + 1) - timedelta(days=1)
            person = person._replace(starts=f"{starts}", ends=f"{ends}")
            person = person._replace(**dict(zip(("plan", "rate", "price"), _RATES[number % 3], strict=True)))
        yield person


def planted_email(count: int) -> str:
    """Return the e-mail of the first of the planted among that many people."""
    return f"{_plain(PLANTED_FIRST)}.{_plain(PLANTED_LAST)}.{max(count // PLANTED, 1) // 2}@example.org"


def crowd(count: int) -> Iterator[Person]:
    """Return that many rows of people of whom many have the phone of a reception, and some come twice."""
    before: Person | None = None
    for number, person in enumerate(people(count)):
        if number % 50 == 49 and before:
            yield before._replace(email=f"also.{before.email}")
            continue
        before = person
        yield person._replace(phone=_reception(number, count)) if number % 2 else person


def _reception(number: int, count: int) -> str:
    digits = f"{number * 7 % max(count // 100, 1):06}"  # the fifty are not side by side
    return " ".join(("01", "42", digits[:2], digits[2:4], digits[4:]))


def write(file: TextIO, count: int, *, members: bool, crowded: bool = False) -> None:
    """Write that many people as CSV, a row at a time, with their memberships or without."""
    columns = (*_COLUMNS, *_MEMBER_COLUMNS) if members else _COLUMNS
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(person[: len(columns)] for person in (crowd if crowded else people)(count))


def size(text: str) -> int:
    """Read a number of people: ``10k``, ``1m`` or ``500``."""
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    return int(text if factor == 1 else text[:-1]) * factor


def _phone(number: int, chance: float) -> str:
    """Make up a phone: French and mobile for nine of ten, as people write them; of others none."""
    digits = f"{(number * 7_919) % 90_000_000:08}"  # 7919 is prime: no number comes twice
    if chance < 0.6:
        return " ".join(("06", digits[:2], digits[2:4], digits[4:6], digits[6:]))
    if chance < 0.9:
        return f"+337{digits}"
    return f"+39 347 {digits[1:4]} {digits[4:]}" if chance < 0.95 else ""


def _plain(name: str) -> str:
    return name.lower().translate(str.maketrans("áâàäçéèêëïîôöùüúñ", "aaaaceeeeiioouuun"))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Make up people, always the same ones, as CSV on stdout.")
    parser.add_argument("count", type=size, help="how many: 500, 10k, 1m")
    parser.add_argument("--members", action="store_true", help="with memberships")
    parser.add_argument("--crowd", action="store_true", help="many with the phone of a reception, some twice")
    given = parser.parse_args(arguments)
    write(sys.stdout, given.count, members=given.members, crowded=given.crowd)


if __name__ == "__main__":
    main()
