"""What follows from what a member answers, by each of its doors?"""
