"""Web addresses as people type them."""

from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import UsageError


def parse(value: str) -> str:
    """Return a web address in full, with ``https://`` where nothing else was typed. Raise UsageError."""
    from urllib.parse import urlsplit

    full = value if "://" in value else f"https://{value}"
    try:
        parts = urlsplit(full)
        known = parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and " " not in full
    except ValueError:
        known = False
    if not known:
        raise UsageError(say("{value} is not a web address: give one like https://example.com", value=quoted(value)))
    return full.replace(parts.netloc, parts.netloc.lower(), 1)
