"""How fast, how much and when again: portions that fit the line, waits that do not bring all nodes back at once,
and what a filling outbox means."""

from typing import NamedTuple

LEAST, MOST = 64 * 1024, 8 * 1024 * 1024
FIRST_WAIT, LONGEST_WAIT = 60.0, 900.0


class Pace(NamedTuple):
    """Bytes of the next portion (not compressed) and failures in a row."""

    portion: int = 1024 * 1024
    failures: int = 0


def went_well(pace: Pace) -> Pace:
    """The next portion may be twice as large.

    >>> went_well(Pace(6_000_000, 3))
    Pace(portion=8388608, failures=0)
    """
    return Pace(min(pace.portion * 2, MOST), 0)


def failed(pace: Pace) -> Pace:
    return Pace(max(pace.portion // 2, LEAST), pace.failures + 1)


def wait(pace: Pace, chance: float, asked: float = 0.0, longest: float = LONGEST_WAIT) -> float:
    """Seconds until the next try: of 0–60 after the first failure, doubling up to ``longest``; ``chance`` (0–1)
    spreads *after* the limit, or all nodes would come back together at it. ``asked``: the other side's Retry-After.

    >>> wait(Pace(failures=1), 0.5), wait(Pace(failures=20), 1.0), wait(Pace(failures=1), 0.0, 30.0)
    (30.0, 900.0, 30.0)
    """
    most = min(FIRST_WAIT * 2 ** min(max(pace.failures, 1) - 1, 20), longest)
    spread = most * chance if pace.failures <= 1 else most * (0.5 + chance / 2)
    return max(spread, asked)


def fitting(sizes: list[int], portion: int) -> int:
    """How many of the next batches fit a portion; one always does.

    >>> fitting([10, 20, 30], 35), fitting([100], 5), fitting([], 5)
    (2, 1, 0)
    """
    total = 0
    for count, size in enumerate(sizes):
        total += size
        if total > portion and count:
            return count
    return len(sizes)


def pressure(used: int, share: int) -> str:
    """What an outbox that fills its share of the disk means: "" , ``warn``, ``no-files`` or ``tell``. Nothing is
    ever dropped.

    >>> [pressure(used, 100) for used in (69, 70, 80, 95)]
    ['', 'warn', 'no-files', 'tell']
    """
    part = used / share
    return "tell" if part >= 0.95 else "no-files" if part >= 0.8 else "warn" if part >= 0.7 else ""


def clock_grade(offset: float) -> str:
    """What the distance (s) between two clocks means: "", ``amber``, or ``mark`` (entries are marked). It decides
    nothing.

    >>> clock_grade(-59), clock_grade(61), clock_grade(-601)
    ('', 'amber', 'mark')
    """
    distance = abs(offset)
    return "mark" if distance > 600 else "amber" if distance > 60 else ""
