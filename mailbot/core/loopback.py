"""Which hosts are this machine itself: the only ones that may be spoken to without encryption."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether the host is "localhost" or an address of 127.0.0.0/8 or ::1 (RFC 1122 § 3.2.1.3, RFC 4291 § 2.5.3)."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
