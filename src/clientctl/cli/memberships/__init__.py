"""The commands about plans, memberships, packages and billing."""
