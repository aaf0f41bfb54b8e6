"""Messages out: composing them."""
