"""The day on which the tests take place, and the owner of the practice."""

TODAY, NOW = "2026-03-01", "2026-03-01T09:00:00Z"
OWNER = "Ana Müller"
