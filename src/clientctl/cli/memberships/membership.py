"""The `membership` commands, each in a file that is imported only for it."""

from clientctl.cli.framework.commands import noun

app = noun(
    "Manage memberships: who is enrolled in which plan, and until when.",
    {
        "add": "membership_sale",
        "renew": "membership_sale",
        "list": "membership_list",
        "show": "membership_list",
        "queues": "membership_list",
        "due": "membership_list",
        "timeline": "membership_timeline",
        "edit": "membership_moves",
        "extend": "membership_moves",
        "suspend": "membership_moves",
        "resume": "membership_moves",
        "cancel": "membership_moves",
        "change": "membership_moves",
    },
)
