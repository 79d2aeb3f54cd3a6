"""Check digits of national code standards."""

import re
import secrets

from .text import folded

# GB 32100-2015, table of characters: without I, O, S, V, Z
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# clause 4: department, kind, division
_USCC_SHAPE = re.compile(r"[1-9ANY][1-9ANY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def uscc_check_digit(first17: str) -> str:
    """Check character of a unified social credit code 统一社会信用代码 from its first 17 characters.

    GB 32100-2015, 4.5 and annex: weights 3^(i-1) mod 31, check = 31 - (sum mod 31), 31 becomes 0.

    >>> uscc_check_digit("91350100M000100Y4")
    '3'
    """
    total = sum(_USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def is_valid_uscc(code: str) -> bool:
    """Whether ``code`` is an 18-character unified social credit code with a right check character.

    >>> is_valid_uscc("91350100M000100Y43"), is_valid_uscc("91350100M000100Y44")
    (True, False)
    """
    return len(code) == 18 and bool(_USCC_SHAPE.fullmatch(code)) and uscc_check_digit(code[:17]) == code[17]


# Crockford's base 32: no I, L, O, U, so that nothing read out or written by hand is taken for something else
_SPOKEN = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SPOKEN_LENGTH = 12  # with the check character: 55 bits of chance
_HEARD = str.maketrans("oil", "011")


def spoken_code() -> str:
    """A new secret that can be read out by telephone: eleven characters of chance and one that checks them, in groups
    of four.

    >>> len(spoken_code()), is_misheard(spoken_code())
    (14, False)
    """
    chance = "".join(secrets.choice(_SPOKEN) for _ in range(_SPOKEN_LENGTH - 1))
    code = chance + _check_of(chance)
    return "-".join(code[at : at + 4] for at in range(0, _SPOKEN_LENGTH, 4))


def heard(text: str) -> str:
    """A code as it was meant, however it was typed: capitals, blanks, hyphens, and O, I, L for 0, 1, 1.

    >>> heard(" 7K3M-9Q2P xotc "), heard("00ff 00FF 00ff 00ff")
    ('7k3m9q2px0tc', '00ff00ff00ff00ff')
    """
    return re.sub(r"[\s\-‐–—.·]", "", folded(text)).lower().translate(_HEARD)


def is_misheard(text: str) -> bool:
    """Whether a code of the present form has a character that is wrong (one, or two neighbours that changed places);
    codes of older forms have no check character.

    >>> is_misheard("0000-0000-0000"), is_misheard("0000-0000-0001"), is_misheard("00ff00ff00ff00ff")
    (False, True, False)
    """
    code = heard(text).upper()
    if len(code) != _SPOKEN_LENGTH or not set(code) <= set(_SPOKEN):
        return False
    return _check_of(code[:-1]) != code[-1]


def _check_of(text: str) -> str:
    """Luhn's check character modulo 32."""
    total = 0
    for at, character in enumerate(reversed(text)):
        value = _SPOKEN.index(character) * (2 if at % 2 == 0 else 1)
        total += value // 32 + value % 32
    return _SPOKEN[-total % 32]
