"""Take a whole practice out of one file and into another."""
