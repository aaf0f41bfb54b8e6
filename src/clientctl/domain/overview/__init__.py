"""Choose clients by filters, list them with their columns, and keep filters as segments."""
