"""Check digits of national code standards."""

import re

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
