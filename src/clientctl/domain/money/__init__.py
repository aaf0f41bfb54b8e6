"""Charges, payments, credits and orders: the money owed and received."""
