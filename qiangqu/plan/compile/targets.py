"""Blocks of clean text → targets: sentences are split, each quantity is judged and read."""

import re
from dataclasses import replace

from . import filters
from . import phrases as ph
from .counted import read_counted, read_inverted
from .named import read_named
from .numbers import Mention, find_mentions
from .peel import peel
from .protected import open_quotations, protected_spans
from .sentence import Context, Sentence, Target, clean_name
from .standards import read_standard
from .subjects import RATIOS, level_name
from .undertakings import read_undertaking
from .units import COUNT
from .words import word_mentions
from .years import stated_years, tells_past

SENTENCE_END = "。！？!?"
MAX_SENTENCE = 800  # characters; reading is quadratic in the worst case, and no real sentence is longer
BETWEEN = re.compile(r"[、/]?(?:和|及|与|以及)?(?:达到|超过|突破|不低于|约)?|，(?:和)?")


def split_sentences(text: str, blocked: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of the sentences of a block; responsibility notes (``blocked``) end a sentence and are left
    out.
    """
    cuts: list[tuple[int, int]] = []
    start = 0
    depth = 0
    index = 0
    notes = iter([*blocked, (len(text) + 1, len(text) + 1)])
    note = next(notes)
    while index < len(text):
        if index == note[0]:
            cuts.append((start, index))
            index = start = max(note[1], index + 1)
            depth = 0
            note = next(notes)
            continue
        char = text[index]
        if char in "（“《":
            depth += 1
        elif char in "）”》":
            depth = max(0, depth - 1)
        if char in SENTENCE_END and (depth == 0 or index - start > 300):
            cuts.append((start, index + 1))
            start = index + 1
            depth = 0
        index += 1
    cuts.append((start, len(text)))
    return [piece for a, b in cuts if b > a for piece in _bounded(text, a, b)]


def _bounded(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """An overlong piece cut at clause marks where there are any."""
    pieces = []
    while end - start > MAX_SENTENCE:
        limit = start + MAX_SENTENCE
        cut = max(text.rfind(mark, start + MAX_SENTENCE // 2, limit) for mark in "；，、") + 1
        pieces.append((start, cut or limit))
        start = cut or limit
    return [*pieces, (start, end)]


def block_targets(text: str, start: int, blocked: list[tuple[int, int]], context: Context) -> list[Target]:
    """Targets of one block of clean text, from character ``start`` on. ``context.carried`` follows the
    years.
    """
    result: list[Target] = []
    for lo, hi in split_sentences(text, blocked):
        lo = max(lo, start)
        if hi - lo < 4:
            continue
        for target in read_sentence(text[lo:hi], context):
            result.append(replace(target, start=target.start + lo, end=target.end + lo))
    return result


def read_sentence(text: str, context: Context) -> list[Target]:
    """Targets of one sentence; spans count from its start."""
    text = open_quotations(text)
    s = Sentence(
        text,
        context,
        protected_spans(text),
        stated_years(text, context.start_year, context.goal_year, context.this_year),
    )
    every = sorted([*find_mentions(text, s.protected), *word_mentions(text, s.protected)], key=lambda m: m.start)
    every = [m for i, m in enumerate(every) if not (i and m.start < every[i - 1].end)]
    mentions = [m for m in every if not filters.is_attribute(s, m)]
    index = 0
    while index < len(mentions):
        run = _run(s, mentions, index)
        after = index + len(run)
        _read(s, run, mentions[after] if after < len(mentions) else None)
        index = after
    _carry_year(s)
    return [*s.found, *s.standards]


def _carry_year(s: Sentence) -> None:
    """What the sentences after this one in the same block inherit."""
    goals = [y for y in s.years if y.role == "goal" and not re.search(r"其中[^，。；]{0,4}$", s.text[: y.start])]
    if goals:
        s.context.carried, s.context.past = goals[-1].year, False
    elif any(y.role == "past" for y in s.years) or tells_past(s.text):
        s.context.past = True


def _run(s: Sentence, mentions: list[Mention], index: int) -> list[Mention]:
    """Values that stand side by side: 25%和15%."""
    run = [mentions[index]]
    if run[0].form != "number":
        return run
    for following in mentions[index + 1 :]:
        between = s.text[s.stop(run[-1]) : following.start]
        units = (following.base_unit, run[0].base_unit)
        alike = (
            units[0] == units[1]
            or (units[0] in COUNT and units[1] in COUNT)
            or ("" not in units and not any(u in COUNT or u in RATIOS for u in units))
        )
        if following.form != "number" or not alike or not between or not BETWEEN.fullmatch(between):
            break
        if between.startswith("，") and "分别" not in s.text[max(0, run[0].start - 24) : run[0].start]:
            break
        run.append(following)
    return run


def _read(s: Sentence, run: list[Mention], following: Mention | None) -> None:
    first = run[0]
    past = filters.is_past(s, first)
    if past or filters.is_policy(s, first) or filters.is_scope(s, first):
        if past:
            s.spoken = clean_name(level_name(ph.clean_lead(peel(s.text[s.boundary(first.start) : first.start]).phrase)))
        s.cursor = s.stop(run[-1])
        return
    alone = len(run) == 1 and first.form == "number"
    if alone and (
        filters.is_base(s, first)
        or read_standard(s, first, following)
        or read_undertaking(s, first, following)
        or read_inverted(s, first)
        or read_counted(s, first, following)
    ):
        return
    read_named(s, run)
