"""The day on which the tests take place, and who owns the practice that they are about."""

TODAY, NOW = "2026-03-01", "2026-03-01T09:00:00Z"
OWNER = "Ana Müller"
