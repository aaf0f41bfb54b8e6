"""Hold what knows nothing of clients: days, money, text, phones, lists."""
