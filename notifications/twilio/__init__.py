"""Texts and calls by Twilio."""
