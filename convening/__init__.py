"""What is done: one verb a file, one transaction a call."""
