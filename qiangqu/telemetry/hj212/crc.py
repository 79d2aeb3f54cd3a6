"""The check sum of HJ 212 (2017 appendix A; 2025 appendix A.1): polynomial 0xA001, start 0xFFFF, but each
byte replaces the low half of the register.

    >>> f"{checksum(b'QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&'):04X}"
    '1C80'

Because the low half is lost at each step, only its high half h carries over: h' = L(h ^ byte) with L linear
over GF(2), and L applied eight times is the identity. So all bytes that stand eight apart can be combined by
XOR first, half of the groups of eight with the other half until one is left, and only eight look-ups remain.
"""


def _steps(register: int) -> int:
    for _ in range(8):
        register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


TABLE = [_steps(byte) for byte in range(256)]
_POWERS = [list(range(256))]  # _POWERS[k][x] is L applied k times to x
for _k in range(7):
    _POWERS.append([TABLE[x] >> 8 for x in _POWERS[-1]])
_P0, _P1, _P2, _P3, _P4, _P5, _P6, _P7 = _POWERS


# bits of 2**k groups of eight bytes, and their mask
_HALVES = [(64 << k, (1 << (64 << k)) - 1) for k in range(16)]


def checksum(data: bytes) -> int:
    """The check sum of a data segment (without head, length and tail), 0 … 65535. Raises IndexError beyond
    half a megabyte.
    """
    size = len(data)
    if not size:
        return 0xFFFF
    # the first byte is combined with the start value; the last byte stands at place 7 of its group, zeros
    # before the first change nothing
    folded = int.from_bytes(data, "big") ^ (0xFF << ((size - 1) << 3))
    halvings = ((size - 1) >> 3).bit_length()
    while halvings:
        halvings -= 1
        bits, mask = _HALVES[halvings]
        folded = (folded >> bits) ^ (folded & mask)
    first, second, third, fourth, fifth, sixth, seventh, last = folded.to_bytes(8, "big")
    return TABLE[
        _P7[first] ^ _P6[second] ^ _P5[third] ^ _P4[fourth] ^ _P3[fifth] ^ _P2[sixth] ^ _P1[seventh] ^ _P0[last]
    ]


def modbus_checksum(data: bytes) -> int:
    """The CRC-16 of Modbus, which some devices send instead."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ TABLE[(register ^ byte) & 255]
    return register
