"""What every page needs of the web, and nothing of the mechanism."""
