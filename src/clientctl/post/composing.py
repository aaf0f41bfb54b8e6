"""Compose messages as files that every mail program opens, with no injected headers."""

import re
from datetime import datetime

from clientctl.base import emails
from clientctl.base.words import say
from clientctl.errors import RefusedError

_CONTROLS = "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


def compose_draft(name: str, address: str, subject: str, body: str, now: datetime) -> bytes:
    """Return a message to one person as an ``.eml`` file that mail programs open as a draft.

    It has no sender: the mail program adds its own. Raise RefusedError for an address that can't be used.
    """
    from email import message_from_string, policy
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.utils import format_datetime

    at, _, domain = emails.with_ascii_domain(address).rpartition("@")
    # Only a local part beyond ASCII needs mail servers that support it.
    rules = policy.SMTP if at.isascii() else policy.SMTPUTF8
    message = EmailMessage(rules.clone(cte_type="7bit" if at.isascii() else "8bit"))
    try:
        message["To"] = to = Address("" if name == address else _clean_header(name), at, domain)
        message["Subject"] = _clean_header(subject)
        message["Date"] = format_datetime(now)
        message["X-Unsent"] = "1"  # makes Outlook open it for editing, as others do anyway
        message.set_content(re.sub(_CONTROLS, "", body))
        written = message.as_bytes()
    except (ValueError, IndexError) as error:  # IndexError: from the parser, for some invalid addresses
        raise _refusal(address) from error
    # An encoded word in a header may contain a line end: the written message must parse back as intended.
    read = message_from_string(written.decode(), policy=policy.default)
    recipients = [each.addr_spec for each in read["To"].addresses]
    if sorted(read.keys()) != sorted(message.keys()) or recipients != [to.addr_spec]:
        raise _refusal(address)
    return written


def _clean_header(text: str) -> str:
    """Return a text for a header: one line, no controls, nothing that parses as an encoded word."""
    return " ".join(re.sub(_CONTROLS, " ", text).replace("=?", "= ?").split())


def _refusal(address: str) -> RefusedError:
    return RefusedError(say("no message can be written to {address}: give the client another e-mail", address=address))
