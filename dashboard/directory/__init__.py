"""The members and their offices, as the secretariat keeps them."""
