"""Translations of a pack's words: ``locale/en.csv`` (columns ``text,words``: the Chinese, its English), kept in the
database so that every node shows them, read once by each process.
"""

import csv
import threading
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Max

from qiangqu.base.packs import Finding, Pack, Report
from qiangqu.base.terms import CHINESE, Words

from .models import Wording

COLUMNS = ("text", "words")
OWN = Path(__file__).parent / "data"  # words of the data that come with the program: kinds of cases, units
_LONGEST = {"text": 400, "words": 800}  # of the model's columns


def _files(pack: Pack) -> dict[str, str]:
    """The pack's translations by language: only languages that pages can be read in, beside the pack's own."""
    others = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return {code: f"locale/{code}.csv" for code in others if pack.has(f"locale/{code}.csv")}


def check(pack: Pack) -> list[Finding]:
    """What is wrong in the files of translations: a word twice, none, too long or not Chinese."""
    findings: list[Finding] = []
    for name in _files(pack).values():
        seen: set[str] = set()
        for row in pack.rows(name, COLUMNS):
            where = f"第{row.line}行"
            if not row["text"] or not CHINESE.search(row["text"]):
                findings.append(Finding("error", name, where, "text 应是数据包中的中文词语"))
            elif row["text"] in seen:
                findings.append(Finding("error", name, where, f"“{row['text']}”重复，请只留一行"))
            seen.add(row["text"])
            for column in COLUMNS:
                if len(row[column]) > _LONGEST[column]:
                    findings.append(Finding("error", name, where, f"{column} 超过 {_LONGEST[column]} 个字符"))
            if not row["words"]:
                findings.append(Finding("warning", name, where, f"“{row['text']}”没有译文，显示中文"))
    return findings


def load(pack: Pack, report: Report) -> None:
    """Write the translations of a checked pack; other packs' words stay. A word that two packs translate says what the
    one loaded last says."""
    for language, name in _files(pack).items():
        fresh = {row["text"]: row["words"] for row in pack.rows(name, COLUMNS) if row["words"]}
        stored = dict(Wording.objects.filter(language=language).values_list("text", "words"))
        changed = {text: words for text, words in fresh.items() if stored.get(text) != words}
        Wording.objects.filter(language=language, text__in=[text for text in changed if text in stored]).delete()
        Wording.objects.bulk_create(
            [Wording(language=language, text=text, words=words) for text, words in changed.items()], batch_size=500
        )
        if changed:
            report(f"译名（{language}）{len(fresh)} 条")
    forget()


_lock = threading.Lock()
_kept: dict[str, tuple[tuple[int, int], Words]] = {}
_fresh = threading.local()  # languages that this thread has already compared with the database in this request


def forget(**_signal: object) -> None:
    """The next word asks the database whether there are new translations: at each request, in a worker at each job."""
    _fresh.languages = set()


@cache
def _own(language: str) -> Words:
    path = OWN / f"{language}.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["text"]: row["words"] for row in csv.DictReader(file)}


def words(language: str) -> Words:
    """Every known word, Chinese → ``language``."""
    seen: set[str] | None = getattr(_fresh, "languages", None)
    kept = _kept.get(language)
    if kept is not None and seen is not None and language in seen:
        return kept[1]
    rows = Wording.objects.filter(language=language)
    counted = rows.aggregate(newest=Max("pk"), number=Count("pk"))
    mark = (counted["newest"] or 0, counted["number"])
    if kept is None or kept[0] != mark:
        with _lock:
            kept = _kept[language] = (mark, {**_own(language), **dict(rows.values_list("text", "words"))})
    if seen is None:
        seen = _fresh.languages = set()
    seen.add(language)
    return kept[1]
