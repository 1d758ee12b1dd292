"""Mail: written, sent, taken in and read."""
