"""Encrypted data regions of HJ 212-2025 (6.4.2, appendix A.2): SM4, ECB, groups of 16 bytes, a shorter rest
stays in the clear.

On the line the bytes are written as ``{0xE4,0x3E,…}`` followed by the clear rest (the standard's example);
some devices send them bare. The keys' renewal (6.4.3, CN 1014) is not handled.
"""

import re

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

KEY_SIZE = 16
_WRITTEN = re.compile(rb"\{((?:0[xX][0-9A-Fa-f]{2},)*0[xX][0-9A-Fa-f]{2})\}([^{}]*)\Z")


def written(region: bytes) -> bool:
    """Whether a region is an encrypted one in its written form."""
    return _WRITTEN.match(region) is not None


def _whole(size: int) -> int:
    return size - size % KEY_SIZE


def encrypt(region: bytes, key: bytes) -> bytes:
    """The bytes of the encrypted region. Raises ValueError when the key is not of 16 bytes."""
    whole = _whole(len(region))
    cipher = Cipher(SM4(key), modes.ECB()).encryptor()  # noqa: S305 - the standard's own mode
    return cipher.update(region[:whole]) + cipher.finalize() + region[whole:]


def decrypt(region: bytes, key: bytes) -> bytes:
    """The clear text of :func:`encrypt`'s bytes."""
    whole = _whole(len(region))
    cipher = Cipher(SM4(key), modes.ECB()).decryptor()  # noqa: S305 - the standard's own mode
    return cipher.update(region[:whole]) + cipher.finalize() + region[whole:]


def write(region: bytes) -> bytes:
    """The written form of encrypted bytes."""
    whole = _whole(len(region))
    if not whole:
        return region
    return b"{" + b",".join(b"0x%02X" % byte for byte in region[:whole]) + b"}" + region[whole:]


def unwrite(region: bytes) -> bytes:
    """The encrypted bytes of a written form; a region that is none is returned as it is."""
    found = _WRITTEN.match(region)
    if found is None:
        return region
    return bytes(int(number, 16) for number in found[1].split(b",")) + found[2]
