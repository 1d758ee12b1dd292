"""How does a mail leave by SMTP?"""
