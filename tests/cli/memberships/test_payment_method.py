"""The `payment-method` and `mandate` commands: the message to send is shown or written."""

import email
import email.policy
import stat
from pathlib import Path

import inprocess
import pytest

from clientctl.domain.clients import record as clients
from clientctl.store import transactions

DEBIT = (
    ("plan", "add", "Aqua", "--collection", "direct-debit"),
    ("rate", "add", "Aqua", "Monthly", "--price", "60"),
    ("membership", "add", "--client", "1", "--plan", "Aqua"),
)


@pytest.fixture
def debit(practice, once, tmp_path, monkeypatch):
    """Enroll client 1 in a plan that is collected by direct debit: M-6."""
    monkeypatch.chdir(tmp_path)
    once(practice, lambda: inprocess.fill(practice, *DEBIT))


def message(path: str = "mandate.eml"):
    return email.message_from_bytes(Path(path).read_bytes(), policy=email.policy.default)


def test_methods_are_kept_changed_and_removed(do) -> None:
    done = do("payment-method", "add", "1", "card", "--label", "Visa", "--last-four", "4242", "--json")
    assert done.err == "Added payment method 1 (Zoé Müller (1), Visa)\n"
    assert done.json == {
        "id": 1, "client": "Zoé Müller", "client_id": 1, "kind": "card", "label": "Visa", "last_four": "4242",
        "mandate": None, "mandate_on": None, "mandate_reference": None, "memberships": 0,
    }  # fmt: skip
    assert (
        do("payment-method", "add", "2", "direct-debit").err
        == "Added payment method 2 (Ana Dubois (2), direct-debit)\n"
    )
    assert do("payment-method", "list", "--columns", "client,kind,mandate").lines == [
        "Zoé Müller\tcard\t", "Ana Dubois\tdirect-debit\tnone",
    ]  # fmt: skip
    assert (
        do("payment-method", "edit", "1", "--unset", "label").err == "Changed payment method 1 (Zoé Müller (1), card)\n"
    )
    done = do("payment-method", "edit", "1", "--last-four", "4242")
    assert done.err == "Payment method 1 (Zoé Müller (1), card) is unchanged\n"
    assert do("client", "show", "1", "--json").json["payment_methods"][0]["last_four"] == "4242"
    refused = do("payment-method", "remove", "1")
    assert (refused.status, "payment method 1 (Zoé Müller (1), card): 'card'" in refused.error.message) == (2, True)
    assert do("payment-method", "remove", "1", "--yes").err == "Removed payment method 1 (Zoé Müller (1), card)\n"
    assert do("payment-method", "list", "1").out == ""


def test_a_mandate_is_requested_given_and_taken_back(do, debit) -> None:
    assert do("membership", "show", "M-6", "--json").json["attention"] == ["no-mandate"]
    done = do("mandate", "request", "M-6", "--on", "2026-02-10")
    first, told, *letter = done.err.splitlines()
    assert (done.status, done.out) == (0, "")
    assert first == "Requested the mandate of payment method 1 (Zoé Müller (1), direct-debit) for M-6"
    assert (told, letter[:2]) == (
        "The message to send:",
        ["To: zoe@example.com", "Subject: Direct debit mandate for Aqua"],
    )
    assert "Your membership Aqua (M-6, 60.00 EUR every month) is to be collected" in done.err
    assert do("membership", "show", "M-6", "--json").json["attention"] == ["mandate-requested"]
    done = do("mandate", "activate", "M-6", "--on", "yesterday", "--reference", "CC-1", "--json")
    assert (
        done.err == "The mandate of payment method 1 (Zoé Müller (1), direct-debit) is now active, since 2026-02-28\n"
    )
    assert [done.json[key] for key in ("mandate", "mandate_on", "mandate_reference")] == [
        "active",
        "2026-02-28",
        "CC-1",
    ]
    assert do("membership", "show", "M-6", "--json").json["mandate"] == "active"
    assert do("mandate", "activate", "--method", "1").err.endswith("is already active, since 2026-02-28\n")
    assert do("mandate", "revoke", "M-6").status == 0
    assert do("membership", "show", "M-6", "--json").json["attention"] == ["mandate-revoked"]
    assert do("mandate", "request", "--method", "1", "-q").out == "1\n"


def test_requested_again_it_is_still_of_the_first_day_and_the_message_is_there(do, debit) -> None:
    do("mandate", "request", "M-6")
    done = do("mandate", "request", "M-6", "--today", "2026-03-05", "--out", "mandate.eml")
    assert done.err == (
        "Already requested, on 2026-03-01: the mandate of payment method 1 (Zoé Müller (1), direct-debit) for M-6\n"
        "Wrote mandate.eml\n"
    )
    assert message()["To"] == "Zoé Müller <zoe@example.com>"


def test_the_message_is_a_file_that_mail_programs_open(do, debit) -> None:
    done = do("mandate", "request", "M-6", "--out", "mandate.eml")
    assert done.err.splitlines()[1:] == ["Wrote mandate.eml"]
    assert stat.S_IMODE(Path("mandate.eml").stat().st_mode) == 0o600
    found = message()
    headers = ["To", "Subject", "Date", "X-Unsent", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    assert sorted(found.keys()) == sorted(headers)
    assert (str(found["To"]), found["Subject"]) == ("Zoé Müller <zoe@example.com>", "Direct debit mandate for Aqua")
    assert found["Date"].datetime.isoformat() == "2026-03-01T09:00:00+00:00"
    assert found.get_content().startswith("Dear Zoé Müller,\r\n\r\nYour membership Aqua (M-6, 60.00 EUR every month)")
    assert Path("mandate.eml").read_bytes().isascii()
    log = do("log").out
    refused = do("mandate", "request", "M-6", "--out", "mandate.eml")
    assert (refused.status, "--force replaces it" in refused.error.message) == (5, True)
    assert do("log").out == log
    assert do("mandate", "request", "M-6", "--out", "mandate.eml", "--force").status == 0


def test_a_dry_run_writes_no_message(do, debit) -> None:
    done = do("mandate", "request", "M-6", "--out", "mandate.eml", "--dry-run")
    assert done.status == 0
    assert not Path("mandate.eml").exists()


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?q?A=0D=0ABcc:_x@y.z?=",
        "Ana\r\nBcc: x@y.z",
        '"Ana", <x@y.z>',
        "Ana\0\x1b\u202e",
        "A" * 3000,
        "Ана, Díaz",
    ],
)
def test_no_name_makes_a_header_or_a_recipient(do, debit, practice, name) -> None:
    with transactions.write(practice, "client edit", who=lambda _db: "test") as db:
        name = name.replace("\0", "")  # which no command stores
        db.update("clients", 1, first_name=name, last_name=None)
        assert clients.get(db, 1).first_name == name
    assert do("mandate", "request", "M-6", "--out", "mandate.eml").status == 0
    found = message()
    assert [each.addr_spec for each in found["To"].addresses] == ["zoe@example.com"]
    assert not {"bcc", "cc"} & {key.lower() for key in found}
    assert found["Subject"] == "Direct debit mandate for Aqua"


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("ü.b@müller.de", "ü.b@xn--mller-kva.de"),
        ("ana@müller.de", "ana@xn--mller-kva.de"),
        ("ü.b@example.com", "ü.b@example.com"),
        ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
        ("o'neil+x@example.com", "o'neil+x@example.com"),
    ],
)
def test_an_address_of_any_script_is_written_as_mail_servers_know_it(do, debit, address, sent_to) -> None:
    do("client", "edit", "1", "--email", address)
    for first in ("Ana", "Ana, Müller", "=?utf-8?q?x?="):
        do("client", "edit", "1", "--first", first)
        assert do("mandate", "request", "M-6", "--out", "mandate.eml", "--force").status == 0
        written = Path("mandate.eml").read_bytes()
        found = email.message_from_string(written.decode(), policy=email.policy.default)
        assert [each.addr_spec for each in found["To"].addresses] == [sent_to]
        assert found["Subject"] == "Direct debit mandate for Aqua"
        assert f"Dear {first} Müller" in found.get_content()
        assert str(message()["To"]) == str(found["To"])
        assert written.isascii() == sent_to.isascii()


def test_without_an_address_the_message_is_only_shown(do, debit) -> None:
    do("membership", "add", "--client", "2", "--plan", "Aqua")
    log = do("log").out
    refused = do("mandate", "request", "M-7", "--out", "mandate.eml")
    assert (refused.status, refused.error.message) == (
        5, "Ana Dubois has no e-mail: leave out --out to see the message",
    )  # fmt: skip
    assert do("log").out == log
    assert "\nTo: Ana Dubois\n" in do("mandate", "request", "M-7").err


def test_a_method_in_use_is_not_removed(do, debit) -> None:
    do("mandate", "request", "M-6")
    refused = do("payment-method", "remove", "1", "--yes")
    assert refused.status == 5
    assert refused.error.message.startswith("M-6 is collected through payment method 1 (Zoé Müller (1), direct-debit):")


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["payment-method", "add", "1", "gold"], 2, "'direct-debit'"),
        (["payment-method", "add", "9", "card"], 3, "no client matches '9'"),
        (["payment-method", "add", "1", "card", "--last-four", "12345"], 2, "give four digits"),
        (["payment-method", "add", "1", "card", "--label", "4111 1111 1111 1111"], 5, "ending in 1111"),
        (["payment-method", "edit", "1"], 2, "--label, --last-four"),
        (["payment-method", "edit", "9", "--label", "x"], 3, "no payment method 9"),
        (["payment-method", "edit", "1", "--unset", "kind"], 2, "it takes label, last-four"),
        (["mandate", "request"], 2, "give a membership, like M-42, or --method ID"),
        (["mandate", "request", "M-6", "--method", "1"], 2, "don't go together"),
        (["mandate", "request", "M-1"], 5, "M-1 is collected by hand, which needs no mandate"),
        (["mandate", "request", "M-99"], 3, "no membership M-99"),
        (["mandate", "request", "M-6", "--on", "tomorrow"], 2, "in the future"),
        (["mandate", "activate", "M-6"], 3, "`clientctl mandate request M-6` requests one"),
        (["mandate", "revoke", "--method", "9"], 3, "no payment method 9"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_changes(do, debit, typed, status, says) -> None:
    log = do("log").out
    done = do(*typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says in done.error.message
    assert do("log").out == log
