"""Parse e-mail addresses, and compute the key by which they are compared."""

import unicodedata

from clientctl.base.text import pattern, quoted
from clientctl.base.words import say
from clientctl.errors import UsageError

# The form of most addresses, with the lengths of RFC 5321. The library takes 30 times as long;
# it gets other scripts, and "--" in a domain, which may be an encoded script.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_USUAL = rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@)({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+[A-Za-z]{{2,63}})"


def normalize(text: str) -> str:
    """Return an address as it is stored: the part before the ``@`` as typed, the domain in lower case.

    Raise UsageError if it can't be an address. Whether mail arrives there is not checked.
    """
    typed = text.strip()
    match = pattern(_USUAL).fullmatch(typed)
    if match and "--" not in match[2]:
        return f"{match[1]}@{match[2].lower()}"
    from email_validator import EmailSyntaxError, validate_email  # slow and seldom

    try:
        return validate_email(typed, check_deliverability=False, strict=True, test_environment=True).normalized
    except EmailSyntaxError:
        raise UsageError(
            say("not an e-mail address: {typed}: use a form like ana@example.com", typed=quoted(typed))
        ) from None


def with_ascii_domain(address: str) -> str:
    """Return a stored address with its domain in ASCII: ``ana@müller.de`` is ``ana@xn--mller-kva.de``."""
    at, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    from email_validator import validate_email  # slow and seldom

    found = validate_email(f"mail@{domain}", check_deliverability=False, test_environment=True)
    return f"{at}@{found.ascii_domain}"


def looks_like(text: str) -> bool:
    """Return whether a text is an address of the usual form."""
    return pattern(_USUAL).fullmatch(text.strip()) is not None


def key(text: str) -> str:
    """Return the form by which addresses are compared, ignoring case."""
    if text.isascii():
        return text.strip().lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()
