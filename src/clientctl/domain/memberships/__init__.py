"""Keep memberships through every move of their lives, packages, mandates and billing."""
