"""Does this address stay on this machine?"""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """True only for an address that cannot leave the machine; other names are not looked up."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def leads_to_loopback(url: str) -> bool:
    """True where the URL's host is this machine itself."""
    return is_loopback(urlsplit(url).hostname or "")
