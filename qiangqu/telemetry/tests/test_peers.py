"""Limits by address and by device: who may connect, who has to wait with his next password. The clock is the
test's.
"""

from qiangqu.telemetry.gateway import peers
from qiangqu.telemetry.gateway.peers import Guesses, Peers


def test_the_wait_doubles_and_nothing_is_judged_meanwhile() -> None:
    guesses, now, judged = Guesses(5), 0.0, 0
    while now < 86_400.0:  # a guess every tenth of a second for a day
        if not guesses.waits("A1", now):
            judged += 1
            guesses.wrong("A1", now)
        now += 0.1
    assert judged < 5 + 10 + 86_400 / peers.LONGEST_DELAY
    assert not guesses.waits("B1", now)


def test_a_right_password_or_an_hour_of_quiet_ends_the_wait() -> None:
    guesses = Guesses(2)
    for _ in range(2):
        guesses.wrong("A1", 0.0)
    assert guesses.waits("A1", 0.5) and not guesses.waits("A1", 1.5)
    guesses.right("A1")
    guesses.wrong("A1", 2.0)
    assert not guesses.waits("A1", 2.0)
    guesses.wrong("A1", 2.0)
    guesses.wrong("A1", 2.0 + peers.FORGET + 1)
    assert not guesses.waits("A1", 3.0 + peers.FORGET)


def test_memory_of_guessers_and_addresses_is_bounded() -> None:
    guesses, found = Guesses(1), Peers(10)
    for number in range(peers.MOST + 50):
        guesses.wrong(number, 0.0)
        assert found.opened(str(number), 0.0) == ""
        found.closed(str(number), 0.0)
    assert len(guesses._guessers) == len(found._peers) == peers.MOST


def test_connections_of_an_address_are_counted() -> None:
    found = Peers(2)
    assert [found.opened("10.0.0.7", 0.0) for _ in range(3)] == ["", "", "address_full"]
    assert found.opened("10.0.0.8", 0.0) == ""
    found.closed("10.0.0.7", 1.0)
    assert found.opened("10.0.0.7", 1.0) == ""
    assert [found.opened("127.0.0.1", 0.0) for _ in range(5)] == [""] * 5


def test_trouble_shuts_an_address_out_for_a_while_but_not_where_a_device_signed_in() -> None:
    found = Peers(1000)
    found.signed_in("10.0.0.9", 0.0)
    for address in ("10.0.0.7", "10.0.0.9"):
        for _ in range(30):
            found.given_up(address, 1.0)
    assert found.opened("10.0.0.7", 2.0) == "address_shut_out" and found.opened("10.0.0.9", 2.0) == "wary"
    assert found.opened("10.0.0.7", 60.0) == "" == found.opened("10.0.0.9", 60.0)
