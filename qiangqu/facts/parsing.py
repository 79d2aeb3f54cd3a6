"""From the rows of a file to a table of facts: every bad row is named with its reason, good rows become
columns.
"""

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from qiangqu.base.errors import InputError
from qiangqu.base.terms import clauses
from qiangqu.base.text import folded
from qiangqu.base.units import is_known_unit
from qiangqu.ui.spreadsheets import (
    FIGURES,
    Merged,
    Table,
    heading_text,
    number_of,
    number_text,
    open_table,
    text_of,
    text_shown,
)

from . import subjects
from .cellvalues import PRECEDENCE, is_blank, name_of, period_of, published_of
from .directory import Directory
from .store import SCHEMA

MAX_ROWS = 1_000_000
MAX_LISTED = 2000
Progress = Callable[[int], None]

#: headings by field, beside those that subjects declare; compared without blanks, brackets and case
HEADINGS = {
    "element": "element 要素 要素代码 要素名称 统计要素 指标 指标代码 指标名称 统计指标",
    "subject": "subject 对象 对象代码 对象名称",
    "period": "period 时期 期间 报告期 统计时期 所属时期 时间 年份 年月 月份",
    "value": "value 数值 值 数据 数量 本期值 指标值 要素值",
    "unit": "unit 单位 计量单位 数值单位",
    "source_title": "source_title source 来源 来源标题 来源名称 数据来源 出处",
    "source_url": "source_url url 网址 来源网址 链接 来源链接",
    "source_date": "source_date 发布日期 来源日期 公布日期 发布时间",
    "note": "note 备注 说明 注",
    "precedence": "preferred precedence 取用 是否取用",
}
_FIELD = {heading: name for name, words in HEADINGS.items() for heading in words.split()}
#: the column that may name a record of any subject
ANY_SUBJECT = "subject"
_IN_BRACKETS = re.compile(r"[（(\[【]([^）)\]】]*)[）)\]】]")
#: words that are no unit but the scale of one: 1.2万 in a column of 元 is 1.2 万元
_SCALES = frozenset(["千", "万", "百万", "千万", "亿", "万亿"])


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be imported: its number, what stands there, and every reason."""

    row: int
    text: str
    reason: str


@dataclass
class Parsed:
    """``table``: columns of :func:`store.ingest` but with ``source`` an index into ``sources`` (title, url,
    date). ``bad`` holds the first :data:`MAX_LISTED` of ``bad_count`` bad rows; ``skipped`` counts rows
    without a figure; ``ignored`` are headings that mean nothing here."""

    table: pa.Table
    sources: list[tuple[str, str, str]]
    rows: int = 0
    skipped: int = 0
    bad_count: int = 0
    bad: list[BadRow] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    #: which sheet was read and what was left out
    notes: list[str] = field(default_factory=list)

    def refuse(self, bad: BadRow) -> None:
        self.bad_count += 1
        if len(self.bad) < MAX_LISTED:
            self.bad.append(bad)


def _field_of(cell: Any) -> str | None:
    """The field, or the code of the subject, that a heading stands for; None when it means nothing here."""
    heading = _heading(cell)
    about = next((one.code for one in subjects.subjects() if heading in (one.code, *one.headings)), None)
    return _FIELD.get(heading, about)


def _heading(cell: Any) -> str:
    return _IN_BRACKETS.sub("", folded(heading_text(cell))).replace(" ", "").replace("*", "").lower()


def _fields(cells: list[Any], where: str = "") -> tuple[dict[str, int], list[str]]:
    """Columns by field, and unknown headings. Raises InputError for a second column of a field of which there
    can be only one.
    """
    fields: dict[str, int] = {}
    unknown = []
    for at, cell in enumerate(cells):
        name = _field_of(cell)
        if name and name in fields:
            if name in ("element", "value", "period"):
                raise InputError(f"表头里“{heading_text(cell)[:20]}”一类的列不止一个，请只留一个", where=where)
            continue
        if name:
            fields[name] = at
        elif heading_text(cell):
            unknown.append(heading_text(cell)[:40])
    return fields, unknown


def is_heading(cells: list[Any]) -> bool:
    """Whether a row is the heading of a table of facts."""
    return len({"element", "period", "value"} & {_field_of(cell) for cell in cells}) >= 2


def find_columns(table: Table) -> tuple[dict[str, int], str, list[str]]:
    """Columns by field, the unit in the value's heading, unknown headings. Raises InputError when something
    is missing.
    """
    if not table.recognised:
        where = f"工作表“{table.title}”" if table.title else ""
        raise InputError("找不到表头：须有 要素、区域（或单位）、时期、数值、单位 各列（可下载模板）", where=where)
    fields, unknown = _fields(table.heading, table.where)
    missing = [
        word for name, word in (("element", "要素"), ("period", "时期"), ("value", "数值")) if name not in fields
    ]
    if not {*subjects.codes(), ANY_SUBJECT} & set(fields):
        missing.append("区域（或单位）")
    if missing:
        unseen = f"（隐藏的列没有读取：{'、'.join(table.unseen)}）" if table.unseen else ""
        raise InputError(f"缺少列：{'、'.join(missing)}{unseen}", where=table.where)
    inner = _IN_BRACKETS.search(folded(heading_text(table.heading[fields["value"]])))
    return fields, inner[1].strip() if inner else "", unknown


class _Parser:
    """Parses row by row. Texts repeat, so what each stands for is looked up once."""

    def __init__(self, directory: Directory, fields: dict[str, int], unit: str, from_csv: bool) -> None:
        self.directory, self.fields, self.unit, self.from_csv = directory, fields, unit, from_csv
        kinds = subjects.subjects()
        columns = [(one.code, [one]) for one in kinds] + [(ANY_SUBJECT, kinds)]
        self.subject_fields = [(name, among, fields[name]) for name, among in columns if name in fields]
        self.memory: dict[tuple[str, Any], Any] = {}
        self.kinds = {pk: element.subject_kinds for pk, element in directory.elements.items()}
        self.sources: dict[tuple[str, str, str], int] = {}
        self.last = max(fields.values()) + 1

    def _known(self, what: str, cell: Any, look: Callable[[Any], Any]) -> Any:
        """``look(cell)``, remembered; an InputError is remembered and returned."""
        bare = cell.value if isinstance(cell, Merged) else cell
        key = what, (bare, type(bare), getattr(bare, "format", "")) if isinstance(bare, (int, float)) else bare
        try:
            return self.memory[key]
        except KeyError:
            pass
        try:
            found = look(cell)
        except InputError as error:
            found = error
        if len(self.memory) < _REMEMBERED:
            self.memory[key] = found
        return found

    def _subject(self, cells: list[Any]) -> Any:
        filled = [field for field in self.subject_fields if cells[field[2]] is not None and cells[field[2]] != ""]
        if not filled:
            return InputError("缺对象（区域或单位）")
        # an enterprise's row often names its area too: the narrower subject is meant
        name, among, at = filled[-1]
        return self._known(name, cells[at], lambda c: self.directory.subject(self._name(c), among))

    def _cell(self, cells: list[Any], name: str) -> Any:
        at = self.fields.get(name)
        return cells[at] if at is not None else None

    def _name(self, cell: Any) -> str:
        return name_of(cell, self.from_csv)

    def _unit(self, behind: str, stated: str) -> str:
        """The unit of a value: what stands behind it, the unit column, or what the heading says for cells
        that say nothing.
        """
        column = stated or self.unit
        if behind in _SCALES and column and is_known_unit(behind + column):
            return behind + column
        return behind or column

    def _source(self, cells: list[Any]) -> Any:
        # a title is kept as it is written: brackets and punctuation are part of it
        title = " ".join(text_shown(self._cell(cells, "source_title")).split())
        url = text_shown(self._cell(cells, "source_url"))
        date = self._known("date", self._cell(cells, "source_date"), published_of)
        if isinstance(date, InputError):
            return date
        if not (title or url):
            return InputError("有发布日期而没有来源标题") if date else None
        if len(title) > 200 or len(url) > 500:
            return InputError("来源标题超过 200 字或网址超过 500 字")
        if url and not url.lower().startswith(("http://", "https://")):
            return InputError("来源网址须以 http:// 或 https:// 开头")
        return self.sources.setdefault((title or url[:200], url, date), len(self.sources))

    def parse(self, cells: list[Any]) -> "Fact | str":
        """The row's fact, or its reasons for refusal."""
        problems: list[str] = []

        def good(found: Any) -> Any:
            if isinstance(found, InputError):
                problems.append(found.message)
                return None
            return found

        cell = self._cell
        element = good(self._known("element", cell(cells, "element"), lambda c: self.directory.element(self._name(c))))
        subject = good(self._subject(cells))
        period = good(self._known("period", cell(cells, "period"), period_of))
        if element is not None and subject is not None and subject[0] not in self.kinds[element.pk]:
            problems.append(f"要素“{element.name}”不适用于{subjects.title_of(subject[0])}")
        raw = cell(cells, "value")

        def read(name: str, look: Callable[[Any], Any], empty: Any) -> Any:
            try:
                return look(cell(cells, name))
            except InputError as error:
                problems.append(error.message)
                return empty

        number, behind = read("value", number_of, (None, ""))
        source = good(read("", lambda _none: self._source(cells), None))
        precedence = PRECEDENCE.get(read("precedence", text_of, "").lower())
        if precedence is None:
            problems.append("取用一列只能写 是、否 或留空")
        note = read("note", text_shown, "")
        if len(note) > 300:
            problems.append("备注超过 300 字")
        ratio = 1.0
        unit = ""
        if element is not None and number is not None:
            stated_unit = read("unit", text_of, "")
            unit = self._unit(behind, stated_unit)
            if (
                behind
                and stated_unit
                and unit == behind != stated_unit
                and not self._same(behind, stated_unit, element)
            ):
                problems.append(f"数值后写的单位“{behind}”与单位列“{stated_unit}”不一致")
            else:
                ratio = good(self._known("unit", (unit, element.pk), lambda c: self.directory.factor(c[0], element)))
        if problems or number is None or precedence is None:
            return clauses(dict.fromkeys(problems))
        value = number if ratio == 1.0 else float(f"{number * ratio:.15g}")
        stated = "" if unit == element.unit else f"{number_text(raw)} {unit}"[:60]
        return element.pk, subject[0], subject[1], period, value, source, precedence, stated, note

    def _same(self, one: str, other: str, element: Any) -> bool:
        """Whether two spellings mean the same unit (% and 百分比)."""
        try:
            return self.directory.factor(one, element) == self.directory.factor(other, element)
        except InputError:
            return False


#: a figure that stands for itself: no unit behind it, no thousands, no more digits than a number holds
_FIGURE = re.compile(r"-?\d{1,15}(?:\.\d{1,12})?", re.ASCII)
Fact = tuple[int, int, int, int, float, "int | None", int, str, str]


class _Seen:
    """What rows before said. In a long file the same texts come again with other figures: a row all of whose texts
    were understood before is put together of what they meant; any other is parsed.
    """

    def __init__(self, parser: _Parser) -> None:
        self.parser = parser
        at = parser.fields.get
        self.value_at = parser.fields["value"]
        self.period_at = parser.fields["period"]
        self.subjects_at = [place for *_rest, place in parser.subject_fields]
        plain = ("element", "unit", "source_title", "source_url", "source_date", "precedence")
        self.others_at = [place for name in plain if (place := at(name)) is not None]
        self.note_at, self.unit_at = at("note"), at("unit")
        self.others: dict[tuple[Any, ...], tuple[int, int | None, int, float, str]] = {}
        self.subjects: dict[tuple[Any, ...], tuple[int, int]] = {}
        self.periods: dict[Any, int] = {}

    def fact(self, cells: list[Any]) -> Fact | None:
        """The row's fact; None when it has to be parsed."""
        raw = cells[self.value_at]
        if type(raw) is not str or _FIGURE.fullmatch(raw) is None:
            return None
        if self.note_at is not None and cells[self.note_at] is not None:
            return None
        other = self.others.get(tuple([cells[at] for at in self.others_at]))
        subject = self.subjects.get(tuple([cells[at] for at in self.subjects_at]))
        period = self.periods.get(cells[self.period_at])
        if other is None or subject is None or period is None:
            return None
        element, source, precedence, ratio, unit = other
        if subject[0] not in self.parser.kinds[element]:
            return None
        number = float(raw)
        value = number if ratio == 1.0 else float(f"{number * ratio:.15g}")
        return element, *subject, period, value, source, precedence, f"{raw} {unit}"[:60] if unit else "", ""

    def learn(self, cells: list[Any], fact: Fact) -> None:
        """Remember a row that was parsed. Only of CSV: cells of a workbook are more than their texts."""
        used = [cells[at] for at in (*self.others_at, *self.subjects_at, self.period_at, self.value_at)]
        if any(cell is not None and type(cell) is not str for cell in used) or not _FIGURE.fullmatch(used[-1]):
            return
        if max(len(self.others), len(self.subjects), len(self.periods)) >= _REMEMBERED:
            return
        element = self.parser.directory.elements[fact[0]]
        unit = self.parser._unit("", text_of(cells[self.unit_at]) if self.unit_at is not None else "")
        ratio = self.parser.directory.factor(unit, element)
        behind = "" if unit == element.unit else unit
        self.others[tuple([cells[at] for at in self.others_at])] = fact[0], fact[5], fact[6], ratio, behind
        self.subjects[tuple([cells[at] for at in self.subjects_at])] = fact[1], fact[2]
        self.periods[cells[self.period_at]] = fact[3]


_REMEMBERED = 500_000


def _shown(cells: list[Any]) -> str:
    """The row's cells as people recognise them."""
    texts = []
    for cell in cells[:12]:
        try:
            texts.append(text_shown(cell)[:24])
        except InputError:
            texts.append("？")
    return "，".join(text for text in texts if text)[:120]


def parse_file(path: Path, directory: Directory, progress: Progress | None = None, name: str = "") -> Parsed:
    """Read and check a file that people call ``name``. Raises InputError for one that cannot be read as a
    table of facts; bad rows are in the result."""
    with open_table(path, FIGURES, is_heading, name) as table:
        parsed = _parse_rows(table, directory, progress)
        parsed.notes = table.notes
        return parsed


def _parse_rows(table: Table, directory: Directory, progress: Progress | None) -> Parsed:
    fields, unit, ignored = find_columns(table)
    parser = _Parser(directory, fields, unit, table.from_csv)
    seen = _Seen(parser)
    parsed = Parsed(SCHEMA.empty_table(), [], ignored=ignored)
    numbers: list[array[Any]] = [array("i"), array("b"), array("i"), array("i"), array("d")]
    row_numbers, precedences = array("i"), array("b")
    sources: list[int | None] = []
    stated: list[str] = []
    notes: list[str] = []
    value_at = fields["value"]
    for number, cells in table.rows:
        parsed.rows += 1
        if parsed.rows > MAX_ROWS:
            raise InputError(f"超过 {MAX_ROWS:,} 行，请分成几个文件", where=f"第{number}行")
        if progress and parsed.rows % 5000 == 0:
            progress(parsed.rows)
        if len(cells) < parser.last:
            cells = cells + [None] * (parser.last - len(cells))
        fact = seen.fact(cells)
        if fact is None:
            if is_blank(cells[value_at]):
                parsed.skipped += 1
                continue
            try:
                read = parser.parse(cells)
            except InputError as error:
                read = error.message
            if isinstance(read, str):
                parsed.refuse(BadRow(number, _shown(cells), read))
                continue
            fact = read
            if table.from_csv:
                seen.learn(cells, fact)
        for column, value in zip(numbers, fact[:5], strict=True):
            column.append(value)
        row_numbers.append(number)
        sources.append(fact[5])
        precedences.append(fact[6])
        stated.append(fact[7])
        notes.append(fact[8])
    arrays = [pa.array(column, schema.type) for column, schema in zip(numbers, SCHEMA, strict=True)]
    facts = pa.table(arrays, schema=SCHEMA)
    for name, values, kind in (
        ("source", sources, pa.int32()),
        ("row", row_numbers, pa.int32()),
        ("precedence", precedences, pa.int8()),
        ("stated", stated, pa.string()),
        ("note", notes, pa.string()),
    ):
        facts = facts.append_column(name, pa.array(values, kind))
    parsed.table = facts
    parsed.sources = list(parser.sources)
    return parsed
