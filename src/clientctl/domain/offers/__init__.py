"""The offers: plans and their rates."""
