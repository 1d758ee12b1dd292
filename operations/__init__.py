"""What keeps the mechanism running."""
