"""Memberships with all their changes, packages, payment methods, mandates and billing."""
