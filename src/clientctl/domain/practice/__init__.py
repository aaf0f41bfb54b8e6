"""Keep what a practice is: its settings, its people and places, the ways in which it is paid."""
