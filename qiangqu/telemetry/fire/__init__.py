"""GB/T 26875.3-2011: how the transmission devices of buildings' fire systems (用户信息传输装置) report to a monitoring
centre, over TCP. Bytes in, states out; no database, no sockets.

Numbers are little-endian, text is GB 18030, an address is six bytes. What is known here comes from a transcription of the
standard's clauses and tables with sample packets (github ActorLancer/GB-T-26875.3.2011-rs, GB26875文档.md), a scan that
was compared with it, and two public decoders; the printed standard was not at hand. Not settled by them:

- the zone of the times: taken as China Standard Time;
- bit 13 of a system's state (reset): the figure prints "= 1" for both states, so only the operation record
  (8.2.1.4, bit 0) ends fires by a reset;
- the heartbeat, an empty packet of "send data" every 20 to 30 seconds, stands in the sample packets only;
- whether the answer to the guard call has a number of its own: it is known by the operation record (8.2.1.9, bit 5).

The protocol knows no password: whoever says an address is taken for it, unless the register says from where it calls.
"""
