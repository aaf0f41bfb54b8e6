"""Parse the commands about plans, memberships, packages and billing."""
