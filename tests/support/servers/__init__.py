"""Which real servers can a test be given? Each in a file of its own, private and on loopback."""
