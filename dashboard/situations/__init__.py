"""A situation: triggered, watched, called about, ended."""
