"""Imports of the rows of a file: people, their memberships, and further data about them."""
