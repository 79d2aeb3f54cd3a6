"""HJ 212: how monitoring stations and outlets report, over TCP. Bytes in, values out; no database, no
sockets.

Editions: HJ/T 212-2005, HJ 212-2017 and HJ 212-2025 (污染物自动监测监控系统数据传输技术要求, in force since 1
January 2026). The edition stands in the upper six bits of ``Flag``: 0, 1, 2 (HJ 212-2025, 6.3.3 table 3).

What the 2025 edition changes in what is read here, as far as it could be looked up (public implementations
that cite the clauses; the text of the standard itself was not at hand):

- version bits 000010 in ``Flag`` (6.3.3); otherwise the same frame and header fields;
- ``RF=1`` marks data sent again after an outage; the field is absent otherwise (6.3.3 table 3);
- the data region may be encrypted with SM4, ECB, 16-byte groups, a shorter rest in the clear; the check sum
  is that of the clear text (6.4.2 and appendix A.2); renewal of keys (CN 1014) is not done here, a device's
  key is entered by hand;
- new commands 2013 (original measurements), 2062 (check against a standard sample), 2111 (furnace
  temperature) and 9015 (heartbeat);
- +9999.99 stands for a normalised value that cannot be computed (8.1.1 d).

The check sum (HJ 212-2017 appendix A, HJ 212-2025 appendix A.1) is not the CRC-16 of Modbus, see :mod:`.crc`.
"""
