"""What does a mail say, and who has sent it?"""
