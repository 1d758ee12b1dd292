"""How is a length of time said, alike on every page and in every document?"""

from datetime import timedelta


def span(length: timedelta) -> str:
    """In two units at most, to the nearest second: "5 min 54 s", "2 h 05 min", "1 d 6 h"."""
    seconds = max(0, round(length.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02} min"
    if minutes:
        return f"{minutes} min {seconds % 60:02} s"
    return f"{seconds} s"
