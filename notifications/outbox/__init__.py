"""How does a committed message leave, exactly as often as it should?"""
