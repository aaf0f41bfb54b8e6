"""Read what each command changed, in words."""
