"""Names and codes of invented enterprises: nobody can mistake them for a real one.

The unified social credit code is valid by GB 32100-2015 (check character) and its organisation part by GB
11714-1997, but it carries the division code 000000, which GB/T 2260 gives to no place: no real enterprise has
such a code. Every name ends with the pack's marker (模拟).
"""

from qiangqu.base.codes import uscc_check_digit

from .arrays import Ints, stream
from .frame import Frame
from .parameters import Parameters
from .population import Population

NO_DIVISION = "000000"
_PART_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997
_PART_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def organisation_part(first8: str) -> str:
    """An organisation code of 9 characters from its first 8 (GB 11714-1997: 11 minus the weighted sum modulo
    11; 10 is X, 11 is 0).

    >>> organisation_part("D2143569")
    'D2143569X'
    """
    check = 11 - sum(w * _PART_ALPHABET.index(c) for w, c in zip(_PART_WEIGHTS, first8, strict=True)) % 11
    return first8 + {10: "X", 11: "0"}.get(check, str(check))


def fictitious_uscc(number: int) -> str:
    """The ``number``-th invented code (from 0): registered by market regulation (9), enterprise (1), no
    division.

    >>> fictitious_uscc(0)
    '91000000MN0000004U'
    """
    first17 = f"91{NO_DIVISION}{organisation_part(f'MN{number:06d}')}"
    return first17 + uscc_check_digit(first17)


def names_of(parameters: Parameters, frame: Frame, everyone: Population, seed: int) -> tuple[list[str], list[str]]:
    """(full names, short names), both with the marker; full names are all different.

    A name is place + invented brand of two characters (three when those run out) + trade + legal form +
    marker.
    """
    n = parameters.names
    sectors = list(parameters.sectors.values())
    rng = stream(seed, "names")
    trade = rng.integers(0, 1 << 30, len(everyone))
    pairs = [a + b for a in n.first for b in n.second if a != b]
    order: dict[tuple[int, str], Ints] = {}
    used: dict[tuple[int, str], int] = {}
    full, short = [], []
    for i, (zone, sector) in enumerate(zip(everyone.zone, everyone.sector, strict=True)):
        area = int(frame.group_of[zone])
        trades = sectors[sector].trades
        key = (area, trades[int(trade[i]) % len(trades)])
        if key not in order:
            order[key] = rng.permutation(len(pairs))
        serial = used.get(key, 0)
        used[key] = serial + 1
        brand = pairs[order[key][serial % len(pairs)]]
        extra = serial // len(pairs)
        brand += "".join(
            n.second[(extra // len(n.second) ** k) % len(n.second)] for k in range(_digits(extra, len(n.second)))
        )
        place = frame.group_names[area]
        full.append(f"{place}{brand}{key[1]}{n.legal_form}{n.marker}")
        short.append(f"{brand}{key[1]}{n.marker}")
    return full, short


def _digits(number: int, base: int) -> int:
    count = 0
    while number:
        number //= base
        count += 1
    return count


def codes_of(count: int) -> list[str]:
    """Codes of ``count`` enterprises."""
    return [fictitious_uscc(i) for i in range(count)]
