"""The `client` commands, each in a file that no other command has to import."""

from clientctl.cli.framework.commands import noun

app = noun(
    "Manage clients: the people you serve or may serve.",
    {
        "add": "client_change",
        "list": "client_list",
        "show": "client_show",
        "edit": "client_change",
        "archive": "client_archive",
        "restore": "client_archive",
        "history": "client_history",
        "duplicates": "client_merge",
        "merge": "client_merge",
        "delete": "client_delete",
        "photo": "client_photo",
        "dossier": "client_dossier",
    },
)
