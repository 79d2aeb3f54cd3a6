"""Who may connect and who may guess: limits by address, and by device and address for passwords. In memory,
bounded; times are ``time.monotonic()`` seconds.

An address is an IPv4 address or a /64 network of IPv6. Many devices may share one (a mobile network's
gateway), so an address where a registered device signed in is not shut out for what others do there: its
connections just get less patience.
"""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

MOST = 20_000  # addresses, or pairs of device and address, that are remembered
LONGEST_DELAY = 300.0
FORGET = 3600.0  # a guesser is forgotten after so long without a guess
# connections given up before an address is shut out; forgiven a second
TROUBLE, TROUBLE_FORGIVEN = 20.0, 1 / 3
TRUSTED = 7 * 86_400.0


def address_of(host: str) -> str:
    """What an address counts as.

    >>> address_of("10.0.0.7"), address_of("2001:db8::1:2"), address_of("::ffff:10.0.0.7")
    ('10.0.0.7', '2001:db8::', '10.0.0.7')
    """
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> 64 << 64))
    return str(found)


def lies_in(address: str, where: str) -> bool:
    """Whether an address is one, or of a network (``10.0.0.0/24``); "" is everywhere.

    >>> lies_in("10.0.0.7", "10.0.0.0/24"), lies_in("10.0.1.7", "10.0.0.0/24"), lies_in("10.0.1.7", "")
    (True, False, True)
    """
    if not where:
        return True
    try:
        return ip_address(address) in ip_network(where, strict=False)
    except ValueError:
        return False


def _own(address: str) -> bool:
    return address == "::" or address.startswith("127.")


@dataclass(slots=True)
class _Peer:
    open: int = 0
    trouble: float = 0.0
    at: float = 0.0  # when ``trouble`` was counted
    signed_in: float = float("-inf")


class Peers:
    """Connections by address."""

    def __init__(self, most_open: int) -> None:
        self.most_open = most_open
        self._peers: OrderedDict[str, _Peer] = OrderedDict()

    def _of(self, address: str, now: float) -> _Peer:
        peer = self._peers.get(address)
        if peer is None:
            peer = self._peers[address] = _Peer(at=now)
            if len(self._peers) > MOST:
                idle = next((key for key, one in self._peers.items() if not one.open and one is not peer), None)
                if idle is not None:
                    del self._peers[idle]
        self._peers.move_to_end(address)
        peer.trouble = max(0.0, peer.trouble - (now - peer.at) * TROUBLE_FORGIVEN)
        peer.at = now
        return peer

    def opened(self, address: str, now: float) -> str:
        """Count a new connection. "" when it is welcome, "wary" for one to be patient with for less long,
        else why it is not let in.
        """
        peer = self._of(address, now)
        if peer.open >= self.most_open and not _own(address):
            return "address_full"
        shut = peer.trouble > TROUBLE
        if shut and now - peer.signed_in > TRUSTED:
            return "address_shut_out"
        peer.open += 1
        return "wary" if shut else ""

    def closed(self, address: str, now: float) -> None:
        """A connection that was let in is gone."""
        peer = self._of(address, now)
        peer.open = max(0, peer.open - 1)

    def given_up(self, address: str, now: float) -> None:
        """A connection had to be given up: garbage, or guesses."""
        self._of(address, now).trouble += 1

    def signed_in(self, address: str, now: float) -> None:
        """A registered device said its password from there."""
        self._of(address, now).signed_in = now


@dataclass(slots=True)
class _Guesser:
    wrong: int = 0
    at: float = 0.0
    until: float = 0.0


class Guesses:
    """Wrong passwords by key (a device at an address, an address, a device): ``free`` of them, then each
    makes the next wait twice as long, up to ``longest`` seconds. While a key waits nothing is judged that it
    says, right or wrong."""

    def __init__(self, free: int, longest: float = LONGEST_DELAY) -> None:
        self.free, self.longest = free, longest
        self._guessers: OrderedDict[object, _Guesser] = OrderedDict()

    def waits(self, key: object, now: float) -> bool:
        """Whether what ``key`` says now must not be judged."""
        guesser = self._guessers.get(key)
        return guesser is not None and now < guesser.until

    def wrong(self, key: object, now: float) -> None:
        """Note a wrong password."""
        guesser = self._guessers.get(key)
        if guesser is None or now - guesser.at > FORGET:
            guesser = self._guessers[key] = _Guesser()
            if len(self._guessers) > MOST:
                self._guessers.popitem(last=False)
        self._guessers.move_to_end(key)
        guesser.wrong, guesser.at = guesser.wrong + 1, now
        if guesser.wrong >= self.free:
            guesser.until = now + min(self.longest, 2.0 ** min(guesser.wrong - self.free, 20))

    def right(self, key: object) -> None:
        """A right password ends it."""
        self._guessers.pop(key, None)
