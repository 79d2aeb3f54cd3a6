"""Finding what the rows of a file talk about: elements and subjects by code or name, inside what the user
may write."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.base.subjects import Subject
from qiangqu.base.terms import listed
from qiangqu.base.text import code_look, name_key
from qiangqu.base.units import factor
from qiangqu.base.visibility import visible
from qiangqu.registry.roles import Action

from . import subjects
from .models import Element

_BRACKETS = re.compile(r"[（(]([^（）()]*)[）)]$")


def _code_key(text: str) -> str:
    """Codes that look alike, in whatever width and case, are one."""
    return "".join(code_look(text).split()).casefold()


@dataclass
class _Names:
    """Records by code and by name. Names, and codes that look alike, may be ambiguous."""

    what: str
    exact: dict[str, int] = field(default_factory=dict)
    codes: dict[str, set[int]] = field(default_factory=dict)
    names: dict[str, set[int]] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)

    def add(self, pk: int, label: str, codes: list[str | None], names: list[str | None]) -> None:
        self.labels[pk] = label
        for code in codes:
            if code:
                self.exact[code] = pk
                self.codes.setdefault(_code_key(code), set()).add(pk)
        for name in names:
            if name:
                self.names.setdefault(name_key(name), set()).add(pk)

    def find(self, text: str) -> int | None:
        """The record that ``text`` names, None for none. ``名称（代码）`` is read too. Raises InputError when
        several have the name."""
        if text in self.exact:
            return self.exact[text]
        found = self.codes.get(_code_key(text)) or self.names.get(name_key(text))
        if found is None:
            inner = _BRACKETS.search(text)
            found = self.codes.get(_code_key(inner[1])) if inner else None
        if not found:
            return None
        if len(found) > 1:
            among = listed(sorted(self.labels[pk] for pk in found)[:4])
            raise InputError(f"{self.what}“{text[:40]}”不止一个：{among}；请改用代码")
        return next(iter(found))


class Directory:
    """Elements, and the subjects of ``user`` (None: the program's operator, who may write everywhere)."""

    def __init__(self, user: Any = None) -> None:
        self.elements = {element.pk: element for element in Element.objects.all()}
        self._elements = _Names("要素")
        for element in self.elements.values():
            self._elements.add(element.pk, f"{element.name}（{element.code}）", [element.code], [element.name])
        self._subjects: dict[int, _Names] = {}
        self._user = user
        self._factors: dict[tuple[str, int], float] = {}

    def element(self, text: str) -> Element:
        if not text:
            raise InputError("缺要素")
        found = self._elements.find(text)
        if found is None:
            raise InputError(f"没有要素“{text[:40]}”")
        return self.elements[found]

    def factor(self, unit: str, element: Element) -> float:
        """Multiply by this to have the value in the element's unit. Raises InputError for an unknown unit
        or one of another dimension."""
        if not unit:
            raise InputError(f"缺单位；要素“{element.name}”以 {element.unit} 计，请写明文件用的单位")
        key = unit, element.pk
        if key not in self._factors:
            try:
                self._factors[key] = factor(unit, element.unit)
            except InputError as error:
                raise InputError(f"{error.message}（要素“{element.name}”以 {element.unit} 计）") from error
        return self._factors[key]

    def _names(self, subject: Subject) -> _Names:
        if subject.number not in self._subjects:
            self._subjects[subject.number] = self._load(subject)
        return self._subjects[subject.number]

    def _load(self, subject: Subject) -> _Names:
        """The records of a register that the user may write, by what the register's declaration says of
        codes and names."""
        found = _Names(str(subject.title))
        records = subjects.model_of(subject).objects.all()
        if self._user is not None:
            records = visible(records, self._user, Action.IMPORT_FACTS)
        columns = (*subject.codes, *subject.names, *subject.aliases)
        for pk, *texts in records.values_list("pk", *columns):
            codes, rest = texts[: len(subject.codes)], texts[len(subject.codes) :]
            names, aliases = rest[: len(subject.names)], rest[len(subject.names) :]
            label = f"{names[0]}（{codes[0]}）" if names else codes[0]
            found.add(pk, label, codes, [*names, *(name for text in aliases for name in re.split("[;；]", text))])
        return found

    def subject(self, text: str, among: Sequence[Subject]) -> tuple[int, int]:
        """Number of the subject and id of the record that ``text`` names. What lies outside the user's
        scope is not told apart from what does not exist."""
        if not text:
            raise InputError("缺对象（区域或单位）")
        for subject in among:
            found = self._names(subject).find(text)
            if found is not None:
                return subject.number, found
        what = listed(str(subject.title) for subject in among)
        raise InputError(f"没有{what}“{text[:40]}”，或它不在您的管辖范围内")

    def label(self, number: int, pk: int) -> str:
        """Name and code of a record for people."""
        subject = subjects.by_number(number)
        known = self._names(subject).labels if subject is not None else {}
        return known.get(pk, f"{subjects.title_of(number)} {pk}")
