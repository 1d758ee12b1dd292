"""What is the least that could do the same work? The processes that are limits, and the world."""
