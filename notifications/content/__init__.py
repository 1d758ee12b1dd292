"""What is said, in which language, and how long it may be?"""
