"""What runs when: Prefect runs it, and decides nothing."""
