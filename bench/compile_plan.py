"""Speed of the plan compiler.

    python bench/compile_plan.py [PLAN ...]

Prints, for each plan of the test corpus (or each PLAN given) and for one long plan made of them, the seconds,
the characters per second and the ratio to a floor: reading the same text, cleaning it and splitting it at
full stops, without recognising anything. Best of five runs.
"""

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from qiangqu.plan.compile import compile_source, read_file
from qiangqu.plan.compile.normalise import normalise
from qiangqu.plan.compile.readers import Source

CORPUS = Path(__file__).resolve().parents[1] / "qiangqu" / "plan" / "compile" / "tests" / "corpus"


def best(function: Callable[[], object], runs: int = 5) -> float:
    """Shortest of several runs, in seconds."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return min(times)


def floor(text: str) -> int:
    """What any compiler must do at least: clean the characters and split sentences."""
    return sum(len(re.split(r"[。！？；]", normalise(line).text)) for line in text.split("\n"))


def long_plan(sources: list[Source], repeats: int = 12) -> Source:
    """One plan of many chapters: the bodies of all plans under running chapter numbers."""
    chapters = [f"第{number}章 分册{number}\n{source.text}" for number, source in enumerate(sources * repeats, start=1)]
    return Source("长计划.txt", "\n\n".join(chapters)[:400_000])


def main() -> None:
    paths = [Path(argument) for argument in sys.argv[1:]] or sorted(
        p for p in CORPUS.iterdir() if p.suffix in (".txt", ".md", ".docx", ".pdf")
    )
    sources = [read_file(path) for path in paths]
    print(f"{'plan':40} {'chars':>8} {'targets':>8} {'seconds':>9} {'chars/s':>10} {'× floor':>8}")
    for source in [*sources, long_plan(sources)]:
        seconds = best(lambda source=source: compile_source(source), 5 if len(source.text) < 50_000 else 2)  # type: ignore[misc]
        bare = best(lambda source=source: floor(source.text))  # type: ignore[misc]
        count = len(compile_source(source)["targets"])
        print(
            f"{source.name[:40]:40} {len(source.text):8} {count:8} {seconds:9.4f} {len(source.text) / seconds:10.0f} {seconds / bare:8.1f}"
        )


if __name__ == "__main__":
    main()
