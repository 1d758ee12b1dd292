"""Texts by a Kannel gateway."""
