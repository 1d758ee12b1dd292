"""A package, so that Chromium and the town can be closed at its end."""
