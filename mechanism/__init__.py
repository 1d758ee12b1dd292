"""What is decided: the rules. No clock, no database, no network."""
