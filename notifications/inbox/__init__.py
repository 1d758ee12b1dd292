"""How is what strangers send kept, before anybody reads it?"""
