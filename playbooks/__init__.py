"""What was agreed beforehand."""
