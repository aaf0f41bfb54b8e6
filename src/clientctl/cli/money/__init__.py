"""The commands about orders, charges, payments and credits."""
