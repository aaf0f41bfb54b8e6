"""The commands about clients and what is noted about them."""
