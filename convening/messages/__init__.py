"""Which texts go out, to whom, and what a person is told?"""
