"""Words of other programs, also in French and Italian, and the nouns, verbs and options they stand for."""

from collections.abc import Collection
from pathlib import PurePath

NOUNS = {
    "backup": ("db backup",),
    "bill": ("billing run",),
    "cancel": ("membership cancel",),
    "contact": ("client",),
    "contacts": ("client",),
    "customer": ("client",),
    "customers": ("client",),
    "due": ("membership due",),
    "extend": ("membership extend",),
    "find": ("client list",),
    "freeze": ("membership suspend",),
    "history": ("log", "client history"),
    "init": ("db init",),
    "member": ("client", "membership"),
    "members": ("client", "membership"),
    "pause": ("membership suspend",),
    "pay": ("payment record",),
    "people": ("client",),
    "person": ("client",),
    "price": ("rate",),
    "prices": ("rate",),
    "query": ("client list",),
    "renew": ("membership renew",),
    "restore": ("db restore", "client restore"),
    "resume": ("membership resume",),
    "revert": ("undo", "import revert"),
    "search": ("client list",),
    "sell": ("package sell", "membership add"),
    "settings": ("config",),
    "subscription": ("membership",),
    "subscriptions": ("membership",),
    "suspend": ("membership suspend",),
    "tag": ("label",),
    "tags": ("label",),
    "unpause": ("membership resume",),
    "use": ("package use",),
    "user": ("staff",),
    "vacuum": ("db compact",),
    "version": ("--version",),
}
"""Words in the place of a noun, and what they may mean."""

VERBS = {
    "add": ("add", "sell", "issue", "record", "save", "request", "set"),
    "afficher": ("show", "list"),
    "aggiungere": ("add", "sell", "issue", "record", "save", "request", "set"),
    "aggiungi": ("add", "sell", "issue", "record", "save", "request", "set"),
    "ajouter": ("add", "sell", "issue", "record", "save", "request", "set"),
    "cerca": ("list", "show"),
    "cercare": ("list", "show"),
    "change": ("change", "edit", "void"),
    "chercher": ("list", "show"),
    "correct": ("edit", "void", "adjust", "waive"),
    "create": ("add", "sell", "issue", "record", "save", "request"),
    "delete": ("delete", "archive", "remove", "cancel", "void", "revoke"),
    "drop": ("delete", "archive", "remove", "cancel", "void", "revoke"),
    "edit": ("void", "adjust", "waive"),
    "elenca": ("list",),
    "elimina": ("delete", "archive", "remove", "cancel", "void", "revoke"),
    "eliminare": ("delete", "archive", "remove", "cancel", "void", "revoke"),
    "end": ("cancel",),
    "excel": ("xlsx",),
    "find": ("list", "show"),
    "freeze": ("suspend",),
    "get": ("show", "list"),
    "hold": ("suspend",),
    "info": ("show",),
    "insert": ("add",),
    "lister": ("list",),
    "modifica": ("edit", "change", "adjust", "void"),
    "modificare": ("edit", "change", "adjust", "void"),
    "modifier": ("edit", "change", "adjust", "void"),
    "modify": ("edit", "change", "adjust", "void"),
    "mostra": ("show", "list"),
    "new": ("sell", "issue", "record", "save", "request"),
    "pause": ("suspend",),
    "prolong": ("extend",),
    "query": ("list",),
    "remove": ("archive", "delete", "cancel", "void", "revoke"),
    "rename": ("rename", "edit"),
    "restart": ("resume",),
    "rm": ("archive", "delete", "cancel", "void", "revoke"),
    "search": ("list",),
    "sell": ("add",),
    "stop": ("cancel", "suspend"),
    "supprimer": ("delete", "archive", "remove", "cancel", "void", "revoke"),
    "tag": ("attach",),
    "terminate": ("cancel",),
    "unfreeze": ("resume",),
    "unpause": ("resume",),
    "untag": ("detach",),
    "update": ("edit", "adjust", "void"),
    "view": ("show", "list"),
}
"""Words in the place of a verb, and the verbs they may mean, as far as the noun has them."""

ELSEWHERE = {
    "pause": "membership suspend",
    "freeze": "membership suspend",
    "suspend": "membership suspend",
    "resume": "membership resume",
    "renew": "membership renew",
    "extend": "membership extend",
    "tag": "label attach",
    "pay": "payment record",
}
"""Words in the place of a verb that the noun lacks, and the command of another noun they may mean."""

OPTIONS = {
    "--until": ("--resume", "--expires", "--for"),
    "--end": ("--until", "--on", "--ends"),
    "--from": ("--start", "--since"),
    "--name": ("--first", "--last"),
    "--mail": ("--email",),
    "--mobile": ("--phone",),
    "--tag": ("--label",),
    "--method": ("--type",),
    "--price": ("--amount",),
}
"""Options of other commands and programs, and those they may mean, as far as the command has them."""

FILES = {".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".vcf": "vcard", ".json": "json"}
"""The verb of ``import`` for a file, by the ending of its name, for when the file is typed in its place."""

VERBS_FIRST = (
    "add", "afficher", "aggiungi", "ajouter", "cerca", "chercher", "create", "delete", "edit", "elenca", "elimina",
    "list", "lister", "ls", "modifica", "modifier", "mostra", "new", "remove", "rm", "show", "supprimer", "update",
)  # fmt: skip
"""Verbs that are typed before their noun in other programs."""


def suggest_verbs(noun: str, word: str, available: Collection[str]) -> tuple[str, ...]:
    """List what a word in the place of a verb may mean, of the verbs that the noun has."""
    if noun == "import" and (kind := FILES.get(PurePath(word).suffix.lower())):
        return (f"import {kind}",)
    verbs = tuple(f"{noun} {each}" for each in VERBS.get(word, ()) if each in available)
    return verbs or ((ELSEWHERE[word],) if word in ELSEWHERE else ())


def suggest_options(word: str, available: Collection[str]) -> tuple[str, ...]:
    """List what an unknown option may mean, of the options that the command has."""
    return tuple(each for each in OPTIONS.get(word, ()) if each in available)
