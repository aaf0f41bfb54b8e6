"""Keep what is sold: plans and their rates."""
