"""Terms 用语: names that come with data (areas, indicators, kinds of cases …) in the reader's language.

A pack's ``locale/en.csv`` says what its Chinese words are in English; the registry keeps them and gives them here. A
:class:`TermField` of a model, and :func:`said` for a word out of JSON, hold the Chinese word: it is what is stored,
compared, looked up and sent to other nodes. Only where it is *shown* — put into a template or an f-string, or
``str()`` of it taken — does it become the reader's. What has no translation stays Chinese.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.lookups import IContains
from django.utils.translation import get_language, gettext

from .errors import InputError
from .periods import parse_period

Words = Mapping[str, str]
CHINESE = re.compile(r"[\u3400-\u9fff]")
_BETWEEN = re.compile(r"([：，、；（）()·“”《》/ ])")
_MARKS = {"：": ": ", "，": ", ", "、": ", ", "；": "; ", "（": " (", "）": ") ", "《": "“", "》": "”"}
MOST_FOUND = 500  # of words that a search in English may stand for


def _none(_language: str) -> Words:
    return {}


_source: Callable[[str], Words] = _none


def translations_from(source: Callable[[str], Words]) -> None:
    """``source(language)`` gives the words of the packs, Chinese → the language's."""
    global _source
    _source = source


def _translated(text: str) -> str:
    language = get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE or not CHINESE.search(text):
        return text
    if "\n" in text:
        return "\n".join(_translated(line) for line in text.split("\n"))
    return _word(text, language) or _phrase(text, language) or _opening(text, language) or text


def _word(text: str, language: str) -> str:
    """A word that the packs or the catalogue translate, or a period; "" for any other."""
    found = _source(language).get(text)
    if found:
        return found
    if text[:4].isdigit():
        try:
            return parse_period(text).label
        except InputError:
            return ""
    found = gettext(text) if text.strip() else ""
    return "" if found == text else found


def _phrase(text: str, language: str) -> str:
    """Known words with punctuation between them ("督办：高技术制造业 · 2025年"); "" when one of them is not known."""
    said = []
    for at, piece in enumerate(_BETWEEN.split(text)):
        if at % 2:
            said.append(_MARKS.get(piece, piece))
        elif CHINESE.search(piece):
            word = _word(piece, language)
            if not word:
                return ""
            said.append(word)
        else:
            said.append(piece)
    return " ".join("".join(said).split()).replace(" )", ")").replace(") :", "):")


def _opening(text: str, language: str) -> str:
    """What a message or a title begins with ("督办：…"), before people's own words; "" when it is not known."""
    head, colon, rest = text.partition("：")
    word = (_word(head, language) or _phrase(head, language)) if colon else ""
    return f"{word}: {_phrase(rest, language) or rest}" if word else ""


class Term(str):
    """A Chinese word that is shown in the reader's language: see the module. ``+``, ``join`` and slices take the
    Chinese."""

    __slots__ = ()

    def __str__(self) -> str:
        return _translated(str.__str__(self))

    def __format__(self, spec: str) -> str:
        return format(_translated(str.__str__(self)), spec)

    def __reduce__(self) -> Any:
        return Term, (str.__str__(self),)


def said(text: Any) -> str:
    """A word of the data in the reader's language.

    >>> said("never heard of"), said("")
    ('never heard of', '')
    """
    return _translated(plain(text)) if text else ""


def spoken(data: Any) -> Any:
    """The same data for people: every term in it, also in lists and mappings, in the reader's language."""
    if isinstance(data, Term):
        return str(data)
    if isinstance(data, Mapping):
        return {key: spoken(value) for key, value in data.items()}
    return [spoken(one) for one in data] if isinstance(data, (list, tuple)) else data


def punctuation(mark: str) -> str:
    """A full-width mark as the reader's language writes it: ``：``, in English ``: ``."""
    language = get_language() or settings.LANGUAGE_CODE
    return mark if language == settings.LANGUAGE_CODE else _MARKS.get(mark, mark)


def listed(parts: Iterable[Any]) -> str:
    """Words one after another, in the reader's language: ``甲、乙``, in English ``A, B``."""
    return punctuation("、").join(str(part) for part in parts)


def clauses(parts: Iterable[Any]) -> str:
    """Clauses of a sentence one after another: ``甲；乙``, in English ``A; B``."""
    return punctuation("；").join(str(part) for part in parts)


def headed(head: Any, text: Any) -> str:
    """A word and what it says: ``甲：乙``, in English ``A: B``."""
    return f"{head}{punctuation('：')}{text}"


def with_unit(number: str, unit: str) -> str:
    """A number that is written out, with its unit in the reader's language: ``3.8个百分点``, ``3.8 percentage points``."""
    apart = " " if not CHINESE.search(word := said(unit)) and word[:1] not in "%‰％" else ""
    return f"{number}{apart}{word}"


def bracketed(text: Any, inner: Any) -> str:
    """A text with something in brackets behind it: ``甲（乙）``, in English ``A (B)``."""
    return f"{text}{punctuation('（')}{inner}{punctuation('）').rstrip()}"


def plain(text: str) -> str:
    """The stored, Chinese word of a term, for what is written down or handed to a machine."""
    return str.__str__(text)


def meant(query: str) -> list[str]:
    """The Chinese words whose translation into the reader's language contains ``query``: whoever searches in English
    finds what is stored in Chinese."""
    language, wanted = get_language() or settings.LANGUAGE_CODE, query.strip().casefold()
    if language == settings.LANGUAGE_CODE or len(wanted) < 2 or CHINESE.search(wanted):
        return []
    found = (text for text, word in _source(language).items() if wanted in word.casefold())
    return [text for _at, text in zip(range(MOST_FOUND), found, strict=False)]


class _Shown:
    """What a term field gives: the column's text as a :class:`Term`, wherever it comes from."""

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return value if value is None else Term(value)

    def get_prep_value(self, value: Any) -> Any:
        found = super().get_prep_value(value)  # type: ignore[misc]
        return plain(found) if isinstance(found, Term) else found

    def value_from_object(self, obj: Any) -> Any:
        """For forms, copies and histories: what is stored."""
        found = super().value_from_object(obj)  # type: ignore[misc]
        return plain(found) if isinstance(found, Term) else found

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{self.get_internal_type()}", args, kwargs  # type: ignore[attr-defined]


class TermField(_Shown, models.CharField):  # type: ignore[type-arg]
    """A short text shown in the reader's language; to the database and to migrations a CharField."""

    def get_internal_type(self) -> str:
        return "CharField"


class LongTermField(_Shown, models.TextField):  # type: ignore[type-arg]
    """The same for long texts."""

    def get_internal_type(self) -> str:
        return "TextField"


class _Contains(IContains):
    """``icontains`` that also finds what is meant in the reader's language."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        sql, params = super().as_sql(compiler, connection)
        words = meant(str(self.rhs).strip("%")) if isinstance(self.rhs, str) else []
        if not words:
            return sql, params
        lhs, lhs_params = self.process_lhs(compiler, connection)
        marks = ", ".join(["%s"] * len(words))
        return f"({sql} OR {lhs} IN ({marks}))", [*params, *lhs_params, *words]


TermField.register_lookup(_Contains)
LongTermField.register_lookup(_Contains)
