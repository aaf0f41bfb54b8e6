"""Take in the rows of a file: people, their memberships, and what else is said of them."""
