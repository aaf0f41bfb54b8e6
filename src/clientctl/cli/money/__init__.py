"""Parse the commands about orders, charges, payments and credits."""
