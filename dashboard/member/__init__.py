"""What a focal point sees."""
