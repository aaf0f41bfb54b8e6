"""Read sheets of people, whichever program wrote them."""
