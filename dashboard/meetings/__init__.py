"""The meeting: its times, its attendance, its record."""
