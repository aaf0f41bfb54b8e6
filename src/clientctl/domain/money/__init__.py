"""Keep charges, payments, credits and orders: what is owed, and what was received."""
