"""Parse what is typed: a room per heading of the help, one file per noun."""
