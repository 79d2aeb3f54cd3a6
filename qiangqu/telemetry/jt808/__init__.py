"""JT/T 808: how vehicle terminals report, over TCP. Bytes in, positions out; no database, no sockets.

Editions: 2011 and 2013 share a frame, 2019 has a longer head; bit 14 of the attributes tells which. What is known
here comes from public implementations and their sample frames; the text of the standard was not at hand, nor that
of its amendment of 2021.

Times are BCD ``YYMMDDhhmmss`` in GMT+8, text is GBK, numbers are big-endian, coordinates CGCS2000.
"""
