"""Who gets in, and how does a person prove who they are?"""
