"""Texts in the language of the person who reads them: English stands in the code and is the key of its translation."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from clientctl.errors import UsageError

if TYPE_CHECKING:
    from gettext import GNUTranslations

LOCALE = Path(__file__).parents[1] / "locale"
"""The folder of the catalogs, ``fr/LC_MESSAGES/clientctl.mo``."""

_catalog: "GNUTranslations | None" = None
"""The texts of the language in use; None for English."""


def use(language: str, folder: Path = LOCALE) -> None:
    """Translate into a language from now on. Raise UsageError when it has no catalog."""
    global _catalog  # noqa: PLW0603 - a program speaks one language at a time
    if language == "en":
        _catalog = None
        return
    import gettext

    if not (language.isalpha() and (file := gettext.find("clientctl", folder, [language]))):
        there = ["en", *sorted(each.parent.name for each in folder.glob("*/LC_MESSAGES"))]
        raise UsageError(
            say(
                "the language {language} is not available: there is {there}",
                language=repr(language),
                there=", ".join(there),
            )
        )
    with Path(file).open("rb") as catalog:
        _catalog = gettext.GNUTranslations(catalog)


def say(text: str, context: str = "", /, **values: object) -> str:
    """Return a text in the language in use, with each ``{name}`` replaced by its value after the look-up.

    A context, like ``status``, tells a short word from others that are spelled the same in English.
    """
    if _catalog is not None and text:
        text = _catalog.pgettext(context, text) if context else _catalog.gettext(text)
    return _fill(text, values) if values else text


def count(n: int, one: str, many: str, /, **values: object) -> str:
    """Return the form of a text for a number, which is its ``{n}``; other holes are filled as by `say`."""
    text = _catalog.ngettext(one, many, n) if _catalog is not None else (one, many)[n != 1]
    return _fill(text, {"n": n, **values})


def _fill(text: str, values: dict[str, object]) -> str:
    """Fill the holes that have a value; a value with braces is data."""
    return re.sub(r"\{(\w+)\}", lambda hole: str(values.get(hole[1], hole[0])), text)
