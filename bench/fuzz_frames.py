"""A million broken frames and payloads through what reads them: whether anything escapes, whether memory
stays flat, how fast it goes; beside plain CRC sums over the same bytes.

    python bench/fuzz_frames.py [--frames 1000000] [--seed 1]

Four fifths are HJ 212 frames, of the editions 2005, 2017 and 2025 (encrypted ones too): right ones that then
lose a piece, gain one, have bits turned, separators doubled, lengths and check sums lied about, GBK and
control bytes put in; cut and joined at random places, as TCP does, on connections that end after a random
number of frames. One fifth are MQTT payloads: JSON of our own form, mapped JSON, Sparkplug B. Only the errors
that the readers are made to raise count as refusals; any other exception ends the run with its seed and
number, and so does memory that grows by more than 16 MB after the first tenth.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")

import django  # noqa: E402

django.setup()

from qiangqu.base.errors import QiangquError  # noqa: E402
from qiangqu.telemetry.hj212.assembly import Assembler  # noqa: E402
from qiangqu.telemetry.hj212.crc import checksum  # noqa: E402
from qiangqu.telemetry.hj212.packet import Packet, build  # noqa: E402
from qiangqu.telemetry.hj212.region import Reader  # noqa: E402
from qiangqu.telemetry.hj212.stream import Decoder  # noqa: E402
from qiangqu.telemetry.mqtt import json_payload, sparkplug  # noqa: E402

KEY = bytes(range(16))
MOST_GROWTH_MB = 16
MAPPING = json_payload.PayloadMap(
    values=(json_payload.Value("a.b", "a34004"), json_payload.Value("c", "a21026")), time="t"
)
FACTORS = (b"a34004", b"w01018", b"a21026", b"011", b"w00000", b"La", b"zz-x", "颗粒物".encode("gb18030"))
WORDS = (
    b"##", b"&&", b";", b",", b"=", b"\r\n", b"-Rtd=", b"-Flag=N", b"DataTime=20261124080000", b"QN=", b"PNUM=2;PNO=1", b"Flag=5", b"NaN", b"1e309", b"\x00",
    b"\xff\xfe", b"9" * 40, "总磷".encode("gb18030"),
)  # fmt: skip
JSON_WORDS = (
    b"{",
    b"}",
    b"[",
    b'"',
    b":",
    b"1e999",
    b"NaN",
    b"null",
    b"\xff",
    b"\\ud800",
    b"[" * 200,
    b"-0",
    b"9" * 400,
)


def region(chance: random.Random) -> bytes:
    """A readable data region."""
    items = [b"DataTime=2026112408%02d%02d" % (chance.randrange(60), chance.randrange(60))]
    for _n in range(chance.randrange(1, 6)):
        name = chance.choice(FACTORS)
        fields = [
            b"%b-%b=%b"
            % (
                name,
                chance.choice((b"Rtd", b"Avg", b"Min", b"Cou", b"ZsRtd")),
                b"%.4g" % (chance.random() * 10 ** chance.randrange(-3, 9)),
            )
        ]
        if chance.random() < 0.7:
            fields.append(b"%b-Flag=%b" % (name, chance.choice((b"N", b"D", b"T", b"B", b"C", b"x"))))
        items.append(b",".join(fields))
    return b";".join(items)


def right(chance: random.Random, number: int) -> bytes:
    """A frame as the standard has it."""
    split = chance.choice((1, 1, 1, 2, 3))
    return build(
        chance.choice((b"2011", b"2051", b"2061", b"2031", b"2081", b"3020", b"9014", b"x")), region(chance),
        qn=b"20261124080000%03d" % (number % 1000), mn=b"FUZZ%06d" % chance.randrange(40), st=chance.choice((b"21", b"22", b"27", b"31", b"91")),
        edition=chance.choice((0, 1, 2)), answer=chance.random() < 0.5, parts=split, part=chance.randrange(1, split + 1),
        key=KEY if chance.random() < 0.1 else None,
    )  # fmt: skip


def broken(raw: bytes, chance: random.Random, words: tuple[bytes, ...]) -> bytes:
    """One to four things done to it; a fifth stays right."""
    data = bytearray(raw)
    for _n in range(chance.choice((0, 1, 1, 2, 4))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                del data[at : at + chance.randrange(1, 30)]
            case 1:
                data[at:at] = chance.choice(words)
            case 2 if data:
                data[at % len(data)] ^= 1 << chance.randrange(8)
            case 3:
                data[at:at] = data[at : at + 60]
            case 4:
                data = data[: max(1, at)]
            case _:
                data[at:at] = chance.randbytes(chance.randrange(1, 20))
    return bytes(data)


def payload(chance: random.Random, number: int) -> tuple[str, bytes]:
    """An MQTT payload and how it is read."""
    way = chance.choice(("json", "mapped", "sparkplug", "sparkplug"))
    at = 1_795_000_000_000 + number
    if way == "sparkplug":
        metrics = [
            (f"m{n}", n if chance.random() < 0.5 else None, chance.choice((1.5, True, None)))
            for n in range(chance.randrange(1, 6))
        ]
        return way, broken(sparkplug.encode(metrics, at=at, seq=number % 256), chance, JSON_WORDS)
    number_ = chance.choice((1, 2.5, -1e300, "3", [4.5, "N"], None))
    made: dict[str, object] = {"time": at, "values": {f"a{chance.randrange(99999):05d}": number_}}
    if way == "mapped":
        made = {"t": at, "a": {"b": number_}, "c": chance.random()}
    return way, broken(json.dumps(made).encode(), chance, JSON_WORDS)


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


class Lines:
    """One connection's readers, and what came of it."""

    def __init__(self, told: Counter[str], reader: Reader) -> None:
        self.decoder, self.assembler, self.told, self.reader = Decoder(lambda _mn: KEY), Assembler(), told, reader

    def feed(self, chunk: bytes, moment: float) -> None:
        for packet in self.decoder.feed(chunk):
            self._packet(packet, moment)

    def _packet(self, packet: Packet, moment: float) -> None:
        self.told["frames accepted"] += 1
        whole = self.assembler.add(packet, moment)
        if whole is None:
            self.told["parts kept"] += 1
            return
        found = self.reader.read(whole[0].region)
        self.told["values read"] += len(found.values)

    def end(self) -> None:
        for reason, count in (self.decoder.refused + self.assembler.refused).items():
            self.told[f"refused: {reason}"] += count


def run(frames: int, seed: int) -> dict[str, float]:
    chance = random.Random(seed)
    told: Counter[str] = Counter()
    reader = Reader()
    line, stream, left = Lines(told, reader), b"", 0
    took, size, base, crc = 0.0, 0, 0.0, 0.0
    for number in range(frames):
        if number == frames // 10:
            base = rss_mb()
        try:
            if number % 5 == 4:
                way, raw = payload(chance, number)
                began = time.perf_counter()
                try:
                    if way == "json":
                        json_payload.parse_own(raw, 1_795_000_000_000)
                    elif way == "mapped":
                        json_payload.parse_mapped(raw, MAPPING, 1_795_000_000_000)
                    else:
                        sparkplug.decode(raw)
                    told[f"{way} accepted"] += 1
                except QiangquError:
                    told[f"{way} refused"] += 1
                took += time.perf_counter() - began
                size += len(raw)
                continue
            stream += broken(right(chance, number), chance, WORDS)
            if left == 0:
                line.end()
                line, left = Lines(told, reader), chance.randrange(1, 3000)
            left -= 1
            # TCP cuts where it likes
            while len(stream) > 2000:
                cut = chance.randrange(1, 1500)
                chunk, stream = stream[:cut], stream[cut:]
                began = time.perf_counter()
                line.feed(chunk, number / 50)
                took += time.perf_counter() - began
                # the gateway closes such a connection, and the device makes a new one
                if line.decoder.exhausted:
                    line.end()
                    line = Lines(told, reader)
                size += len(chunk)
                began = time.perf_counter()
                checksum(chunk)
                crc += time.perf_counter() - began
        except Exception as error:
            raise SystemExit(f"frame {number} of seed {seed}: {type(error).__name__}: {error}") from error
    line.end()
    grown = rss_mb() - base
    figures = {
        "frames": frames,
        "seed": seed,
        "megabytes": round(size / 2**20, 1),
        "frames_per_second": round(frames / took),
        "seconds_of_reading": round(took, 1),
        "times_the_crc_alone": round(took / crc, 1),
        "rss_mb_after_a_tenth": round(base, 1),
        "rss_mb_grown_since": round(grown, 1),
        "load_average": os.getloadavg()[0],
    } | dict(sorted(told.items()))
    if grown > MOST_GROWTH_MB:
        print(json.dumps(figures, ensure_ascii=False, indent=1))
        raise SystemExit(f"memory grew by {grown:.1f} MB")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(json.dumps(run(arguments.frames, arguments.seed), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
