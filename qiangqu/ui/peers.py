"""Who is at the other end: addresses behind trusted proxies, and the network of an address.

``X-Forwarded-For`` and its kin are words of whoever sends the request. They are believed only when the
request comes from a proxy that ``QIANGQU_TRUSTED_PROXIES`` names, and then as far as the chain of such
proxies goes.
"""

import ipaddress
import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_ABOUT_THE_ADDRESS = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")
_told: set[str] = set()


def parsed(text: str) -> Address | None:
    """The address in ``text``, also with a port or in brackets; an IPv4 address written as IPv6 is the
    former. None for anything else.

    >>> parsed("10.0.0.1:8080"), parsed("[2001:db8::1]:443"), parsed("::ffff:10.0.0.1"), parsed("unknown")
    (IPv4Address('10.0.0.1'), IPv6Address('2001:db8::1'), IPv4Address('10.0.0.1'), None)
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found


def network_of(address: str) -> str:
    """What counts as one place in limits: an IPv4 address, or the /64 of an IPv6 one (a single customer has
    that many).

    >>> network_of("10.1.2.3"), network_of("2001:db8:1:2:3::4")
    ('10.1.2.3', '2001:db8:1:2::')
    """
    found = parsed(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found) if found else address[:45]


def is_trusted(address: Address | None) -> bool:
    return address is not None and any(address in network for network in settings.QIANGQU_TRUSTED_PROXIES)


def client_of(peer: str, forwarded_for: str) -> str:
    """The address that a request began at: the last in the chain that no trusted proxy stands for."""
    found = parsed(peer)
    for text in reversed(forwarded_for.split(",")[-50:]):
        if not is_trusted(found):
            break
        nearer = parsed(text)
        if nearer is None:
            break
        found = nearer
    return str(found) if found else peer


class PeerMiddleware:
    """``REMOTE_ADDR`` becomes the client's own address; what a stranger says of the address he reached is
    dropped. First of all middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        peer = request.META.get("REMOTE_ADDR", "")
        if is_trusted(parsed(peer)):
            request.META["REMOTE_ADDR"] = client_of(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""))
        else:
            if "HTTP_X_FORWARDED_FOR" in request.META and peer not in _told and len(_told) < 20:
                _told.add(peer)
                log.warning(
                    "%s sends X-Forwarded-For and is not believed; is it your proxy, set QIANGQU_TRUSTED_PROXIES", peer
                )
            for name in _ABOUT_THE_ADDRESS:
                request.META.pop(name, None)
        return self.get_response(request)
