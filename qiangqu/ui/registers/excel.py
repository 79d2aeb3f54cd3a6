"""Excel in: a preview that names what would be new, changed and unchanged and every bad row, then all or
nothing.
"""

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from qiangqu.base.errors import InputError
from qiangqu.base.fields import CodeField
from qiangqu.base.terms import clauses, listed
from qiangqu.base.text import code_look, folded, name_key
from qiangqu.base.units import factor
from qiangqu.base.visibility import visible

from ..hooks import hooks
from ..spreadsheets import (
    RECORDS,
    Cell,
    Merged,
    Table,
    code_shown,
    day_of,
    heading_text,
    mangled,
    number_of,
    open_table,
    readable,
    text_of,
    text_shown,
)
from .declare import Register, Secret
from .forms import _CODE_AT_END
from .listing import shown_value

MAX_IMPORT = 20_000


Convert = Callable[[Any], Any]

# ---------------------------------------------------------------- in


@dataclass(slots=True)
class RowResult:
    """One row of an upload: ``state`` new, changed, unchanged or bad; changes as (label, old, new), problems
    as (label, reason).
    """

    number: int
    name: str
    state: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    record: Any = None


@dataclass(slots=True)
class Preview:
    """What an upload would do. ``ignored`` are headings that name no field; ``notes`` say which sheet was
    read and what was left out.
    """

    rows: list[RowResult]
    ignored: list[str]
    fields: list[str]
    notes: list[str] = field(default_factory=list)

    def of(self, state: str) -> list[RowResult]:
        return [row for row in self.rows if row.state == state]

    @property
    def counts(self) -> dict[str, int]:
        return {state: sum(row.state == state for row in self.rows) for state in ("new", "changed", "unchanged", "bad")}


def _to_number(register: Register, name: str, whole: bool) -> Convert:
    own = str(register.units.get(name, ""))

    def convert(cell: Cell) -> float | int:
        number, unit = number_of(cell)
        if unit and folded(unit) != folded(own):
            if not own:
                raise ValidationError(_("“%(text)s”不是数字") % {"text": f"{number:.15g}{unit}"[:30]})
            number = float(f"{number * factor(unit, own):.15g}")
        if whole and not number.is_integer():
            raise ValidationError(_("“%(text)s”不是整数") % {"text": f"{number:.15g}"[:30]})
        return int(number) if whole else number

    return convert


_OF_CODES = ("code", "number", "phone", "certificate", "factors", "devices")


def _holds_code(register: Register, model_field: Any) -> bool:
    """Whether a text column holds codes or numbers of papers, of which every digit counts."""
    name = model_field.name
    return isinstance(model_field, CodeField) or name in register.key or name.endswith(_OF_CODES)


def _to_code(cell: Cell, from_csv: bool) -> str:
    cell = readable(cell)
    if isinstance(cell, str):
        reason = mangled(cell, from_csv)
        if reason:
            raise InputError(reason)
        return cell
    return code_shown(cell)


def _to_text(cell: Cell) -> str:
    cell = readable(cell)
    if isinstance(cell, str) and mangled(cell, False):
        raise InputError(mangled(cell, False))
    return text_shown(cell)


def _to_choice(model_field: Any) -> Convert:
    by_text: dict[str, Any] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for value, label in model_field.flatchoices:
                by_text[name_key(str(label))] = by_text[name_key(str(value))] = value

    def convert(cell: Cell) -> Any:
        text = text_shown(cell)
        if name_key(text) not in by_text:
            labels = listed(str(label) for value, label in model_field.flatchoices if value != "")
            raise ValidationError(_("“%(text)s”不在可选值之中：%(labels)s") % {"text": text[:30], "labels": labels})
        return by_text[name_key(text)]

    return convert


def _to_reference(model_field: Any, user: Any, from_csv: bool) -> Convert:
    """Resolve by code, 名称（代码） or unambiguous name, from one query for all rows."""
    model = model_field.related_model
    names = [
        n for n in ("code", "name", "short_name", "username") if n in {f.name for f in model._meta.concrete_fields}
    ]
    exact: dict[str, int] = {}
    by_code: dict[str, set[int]] = {}
    by_name: dict[str, set[int]] = {}
    for pk, *texts in (
        visible(model._default_manager.all(), user).order_by().values_list("pk", *names).iterator(chunk_size=5000)
    ):
        for name, text in zip(names, texts, strict=True):
            if text and name == "code":
                exact[text] = pk
                by_code.setdefault(code_look(text), set()).add(pk)
            elif text:
                by_name.setdefault(name_key(text), set()).add(pk)

    def convert(cell: Cell) -> int:
        text = _to_code(cell, from_csv)
        bracket = _CODE_AT_END.search(text)
        for code in (text, bracket.group(1).strip() if bracket else ""):
            if code in exact:
                return exact[code]
            if code and len(by_code.get(code_look(code), ())) == 1:
                return next(iter(by_code[code_look(code)]))
        matches = by_name.get(name_key(text), set())
        if len(matches) == 1:
            return next(iter(matches))
        if matches:
            raise ValidationError(_("有多个“%(text)s”，请改填代码") % {"text": text[:40]})
        raise ValidationError(_("没有找到“%(text)s”（或不在您的管辖范围内）") % {"text": text[:40]})

    return convert


def _to_bool(cell: Cell) -> bool:
    text = text_of(cell).casefold()
    if text in ("是", "true", "1", "yes", "y"):
        return True
    if text in ("否", "false", "0", "no", "n"):
        return False
    raise ValidationError(_("应为“是”或“否”"))


def _to_secret(secret: Secret, from_csv: bool) -> Convert:
    """A secret as it is typed; what is wrong with it is said without repeating it."""

    def convert(cell: Cell) -> str:
        try:
            return secret.read(_to_code(cell, from_csv))
        except (InputError, OverflowError, ValueError) as error:
            raise ValidationError(_("读不懂；请把这一格设为文本格式再填写")) from error

    return convert


def _converter(register: Register, model_field: Any, user: Any, from_csv: bool) -> Convert:
    """What makes a value of a field from a cell; raises ValidationError or InputError."""
    if model_field.name in register.secrets:
        return _to_secret(register.secrets[model_field.name], from_csv)
    if model_field.is_relation:
        return _to_reference(model_field, user, from_csv)
    if model_field.choices:
        return _to_choice(model_field)
    if isinstance(model_field, models.BooleanField):
        return _to_bool
    if isinstance(model_field, models.DateField):
        return day_of
    if isinstance(model_field, models.IntegerField):
        return _to_number(register, model_field.name, whole=True)
    if isinstance(model_field, (models.FloatField, models.DecimalField)):
        return _to_number(register, model_field.name, whole=False)
    if _holds_code(register, model_field):
        return lambda cell: _to_code(cell, from_csv)
    return _to_text


def _look(value: Any) -> Any:
    """What a key part or unique value is compared by: codes that look alike are one."""
    return code_look(value) if isinstance(value, str) else value


class _Importer:
    """One upload being compared with what is stored. Everything that rows need is read once, before the first
    row.
    """

    def __init__(self, register: Register, user: Any, day: dt.date, names: list[str], from_csv: bool) -> None:
        self.register, self.user, self.day, self.names = register, user, day, names
        self.fields = {name: register.model_field(name) for name in names}
        self.convert = {name: _converter(register, f, user, from_csv) for name, f in self.fields.items()}
        manager = register.model._default_manager
        relations = [f.name for f in self.fields.values() if f.is_relation]
        self.stored = {
            self._key_of(row): row
            for row in visible(
                manager.select_related(*relations) if relations else manager.all(), user, register.action_edit
            )
        }
        # values of unique fields of all records, also of those that this user may not see: he may not take
        # their codes
        self.taken: dict[str, dict[Any, int]] = {}
        for name, f in self.fields.items():
            if f.unique:
                values = manager.exclude(**{name: None}).values_list(name, "pk")
                self.taken[name] = {_look(value): pk for value, pk in values.iterator(chunk_size=5000)}
        self.newest: dict[int, dt.datetime] = {}
        if register.has_history:
            rows = register.model.history.values("id").annotate(day=Max("history_date"))  # type: ignore[attr-defined]
            self.newest = dict(rows.values_list("id", "day"))
        self.seen: dict[tuple[Any, ...], int] = {}
        self.used: dict[tuple[str, Any], int] = {}
        self.skip = [
            f.name
            for f in register.model._meta.concrete_fields
            if f.is_relation or not f.editable or f.name not in names
        ]

    def _key_of(self, record: Any) -> tuple[Any, ...]:
        values = (getattr(record, self.register.model_field(name).attname) for name in self.register.key)
        return tuple("" if value is None else _look(value) for value in values)

    def row(self, number: int, cells: dict[str, Any]) -> RowResult:
        """Compare one row; every fault of it is named, not only the first."""
        problems: list[tuple[str, str]] = []
        values, unread = self._values(cells, problems)
        name = " · ".join(_plain(cells.get(part)) for part in self.register.key)[:120]
        probe = self.register.model()
        self._assign(probe, values)
        stored = None
        if not unread & set(self.register.key):
            key = self._key_of(probe)
            stored = self.stored.get(key)
            if key in self.seen:
                problems.append((_("整行"), _("与第 %(row)s 行重复") % {"row": self.seen[key]}))
            self.seen.setdefault(key, number)
        record = copy.copy(stored) if stored is not None else probe
        self._assign(record, values)
        changes = self._changes(stored, record, values)
        if stored is not None and not changes and not problems:
            return RowResult(number, name, "unchanged")
        self._validate(record, number, unread, problems)
        newest = self.newest.get(record.pk) if record.pk else None
        if newest is not None and timezone.localtime(newest).date() > self.day:
            day = timezone.localtime(newest).date()
            problems.append((_("生效日期"), _("最近一次变更自 %(day)s 起生效，生效日期不能更早") % {"day": day}))
        state = "bad" if problems else "new" if stored is None else "changed"
        return RowResult(number, name, state, changes, problems, record)

    def _values(self, cells: dict[str, Any], problems: list[tuple[str, str]]) -> tuple[dict[str, Any], set[str]]:
        """The cells as values of the fields, and the fields whose cell could not be read."""
        values: dict[str, Any] = {}
        unread: set[str] = set()
        for name, model_field in self.fields.items():
            value, faults = cells.get(name), len(problems)
            if value is None and name in self.register.secrets:
                continue  # what is stored stays
            try:
                values[name] = self._blank(model_field, problems) if value is None else self._converted(name, value)
            except ValidationError as error:
                problems.append((self.register.label(name), clauses(error.messages)))
            except InputError as error:
                problems.append((self.register.label(name), error.message))
            except (OverflowError, ValueError):
                problems.append((self.register.label(name), _("“%(text)s”读不懂") % {"text": _plain(value)[:30]}))
            if len(problems) > faults:
                values.pop(name, None)
                unread.add(name)
        return values, unread

    def _converted(self, name: str, cell: Cell) -> Any:
        if isinstance(cell, Merged) and cell.across:
            raise ValidationError(_("与左边的单元格合并在一起，分不清是哪一列的；请取消合并"))
        if isinstance(cell, Merged) and (name in self.register.key or self.fields[name].unique):
            raise ValidationError(_("与上面的单元格合并在一起；请取消合并并逐行填写"))
        # what the field itself does with an input (codes get their form) is done before anything is compared
        return self.fields[name].to_python(self.convert[name](cell))

    def _blank(self, model_field: Any, problems: list[tuple[str, str]]) -> Any:
        if model_field.null:
            return None
        if model_field.blank and model_field.empty_strings_allowed:
            return ""
        problems.append((self.register.label(model_field.name), _("不能为空")))
        return None

    def _assign(self, record: Any, values: dict[str, Any]) -> None:
        for name, value in values.items():
            model_field = self.fields[name]
            if model_field.is_relation and getattr(record, model_field.attname) != value:
                # forget the related object that was read with the old id
                record._state.fields_cache.pop(name, None)
            setattr(record, model_field.attname, value)

    def _changes(self, stored: Any, record: Any, values: dict[str, Any]) -> list[tuple[str, str, str]]:
        if stored is None:
            return []
        changes = []
        for name, f in self.fields.items():
            if name in self.register.secrets:
                # a given one always counts as a change: whether it is the stored one is nobody's to find out
                if name in values:
                    changes.append((self.register.label(name), _("（不显示）"), _("（新填写，不显示）")))
            elif getattr(stored, f.attname) != getattr(record, f.attname):
                before, after = (shown_value(one, f, self.register) for one in (stored, record))
                changes.append((self.register.label(name), before, after))
        return changes

    def _validate(self, record: Any, number: int, unread: set[str], problems: list[tuple[str, str]]) -> None:
        try:
            record.clean_fields(exclude={*self.skip, *unread})
            if not unread:
                record.clean()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                label = self.register.label(name) if name in self.fields else _("整行")
                problems.append((label, clauses(messages)))
        first, last = getattr(record, "valid_from", None), getattr(record, "valid_to", None)
        if first and last and last < first and not unread & {"valid_from", "valid_to"}:
            problems.append((self.register.label("valid_to"), _("终止日期早于起始日期")))
        for name, taken in self.taken.items():
            value = getattr(record, name)
            if value in (None, "") or name in unread:
                continue
            if taken.get(_look(value), record.pk) != record.pk:
                problems.append((self.register.label(name), _("“%(text)s”已被使用") % {"text": str(value)[:40]}))
            other = self.used.setdefault((name, _look(value)), number)
            if other != number:
                problems.append((self.register.label(name), _("与第 %(row)s 行重复") % {"row": other}))


def _plain(cell: Cell) -> str:
    """A cell as people recognise it; one that could not be read shows as nothing."""
    try:
        return text_shown(cell)
    except InputError:
        return ""


def _headings(register: Register) -> dict[str, str]:
    """Heading (:func:`name_key`) → field, in every language."""
    names = {name_key(name): name for name in register.import_names}
    for language, _name in settings.LANGUAGES:
        # a file that was exported in one language can come back in another
        with override(language):
            for name in register.import_names:
                own = str(register.model_field(name).verbose_name)
                names[name_key(own)] = names[name_key(register.label(name))] = name
    return names


def import_fields(register: Register, table: Table) -> tuple[dict[int, str], list[str]]:
    """Columns of an upload → fields, and the headings that name none. Raises InputError for missing or
    repeated columns.
    """
    names = _headings(register)
    found: dict[int, str] = {}
    ignored = []
    for at, cell in enumerate(table.heading):
        text = heading_text(cell)
        key = name_key(text)
        if key not in names:
            ignored.append(text)
        elif names[key] in found.values():
            raise InputError(_("“%(text)s”一列出现了两次") % {"text": text}, where=table.where)
        else:
            found[at] = names[key]
    present = set(found.values())
    missing = [
        register.label(name) for name in register.key if name not in present and not register.model_field(name).blank
    ]
    if missing:
        said = _("缺少列：%(names)s。请用“下载模板”的表头") % {"names": listed(missing)}
        if table.unseen:
            said += _("（隐藏的列没有读取：%(names)s）") % {"names": listed(table.unseen[:10])}
        raise InputError(said, where=table.where)
    return found, [text for text in ignored if text and text not in ("模拟数据", _("模拟数据"))]


def is_heading(register: Register) -> Callable[[list[Cell]], bool]:
    """A test for the row with the headings: it names the key, or most of its cells are headings."""
    names = _headings(register)
    keys = {name for name in register.key if not register.model_field(name).blank}

    def test(cells: list[Cell]) -> bool:
        texts = [heading_text(cell) for cell in cells]
        known = [names[name_key(text)] for text in texts if name_key(text) in names]
        return bool(known) and (keys <= set(known) or len(known) * 2 > sum(1 for text in texts if text))

    return test


def preview(
    register: Register,
    path: Path,
    user: Any,
    day: dt.date,
    name: str = "",
    progress: Callable[[int], None] | None = None,
) -> Preview:
    """What importing the file at ``path``, which the user calls ``name``, would do, changes holding from
    ``day``. Nothing is written. ``progress`` is told the number of rows now and then.

    Raises InputError when the file cannot be read at all or lacks a column.
    """
    if day > timezone.localdate():
        raise InputError(_("生效日期不能晚于今天"))
    with open_table(path, RECORDS, is_heading(register), name) as table:
        found, ignored = import_fields(register, table)
        importer = _Importer(register, user, day, list(found.values()), table.from_csv)
        required = [
            register.label(name)
            for name in register.form_fields
            if name not in importer.fields
            and not (register.model_field(name).blank or register.model_field(name).has_default())
        ]
        rows: list[RowResult] = []
        for number, cells in table.rows:
            if len(rows) >= MAX_IMPORT:
                raise InputError(
                    _("超过 %(limit)s 行，请分成几个文件") % {"limit": MAX_IMPORT}, where=_("第%(n)s行") % {"n": number}
                )
            if progress and len(rows) % 500 == 0:
                progress(len(rows))
            rows.append(
                importer.row(number, {name: cells[at] if at < len(cells) else None for at, name in found.items()})
            )
        if not rows:
            raise InputError(_("表头之下没有数据行"), where=table.where)
        notes = table.notes
    if required:
        for row in rows:
            if row.state == "new":
                row.state = "bad"
                row.problems.append((_("整行"), _("新记录还需要这些列：%(names)s") % {"names": listed(required)}))
    return Preview(rows, ignored, list(found.values()), notes)


def commit(register: Register, path: Path, user: Any, day: dt.date, file_name: str, sha256: str) -> dict[str, int]:
    """Import the file at ``path``: all rows or none. The file is read and checked again, since the register
    may have changed after the preview.

    Returns the counts. Raises InputError naming the first bad rows.
    """
    with transaction.atomic():
        plan = preview(register, path, user, day, file_name)
        bad = plan.of("bad")
        if bad:
            first = clauses(
                f"第{row.number}行 {label}：{reason}" for row in bad[:3] for label, reason in row.problems[:1]
            )
            raise InputError(_("有 %(count)s 行有误，全部未导入：%(first)s") % {"count": len(bad), "first": first})
        fresh = [row.record for row in plan.of("new")]
        changed = [row.record for row in plan.of("changed")]
        _write(register, fresh, changed, plan.fields, user, day)
        touched = [record.pk for record in (*fresh, *changed)]
        for start in range(0, len(touched), 500):
            part = touched[start : start + 500]
            mine = visible(register.model._default_manager.filter(pk__in=part), user, register.action_edit)
            if mine.count() != len(part):
                raise InputError(_("导入后有记录不在您的管辖范围内，全部未导入；请核对区域一列"))
        counts = plan.counts
        if touched:
            hooks.record(
                user,
                "import",
                object_type=register.object_type,
                area_path=getattr(user, "home_path", ""),
                detail={"file": file_name[:200], "sha256": sha256, "effective_from": day.isoformat(), **counts},
            )
    return counts


def _write(register: Register, fresh: list[Any], changed: list[Any], names: list[str], user: Any, day: dt.date) -> None:
    model = register.model
    for record in changed:
        if register.has_history:
            record.effective_from = day
    if "save" in model.__dict__:
        # the model does more on saving than writing its columns (an area carries its subtree along)
        for record in (*fresh, *changed):
            record.save()
        return
    if not register.has_history:
        model._default_manager.bulk_create(fresh, batch_size=500)
        if changed:
            model._default_manager.bulk_update(changed, names, batch_size=500)
        return
    from simple_history.utils import bulk_create_with_history, bulk_update_with_history

    if fresh:
        bulk_create_with_history(fresh, model, batch_size=500, default_user=user)
    if changed:
        plain = model._base_manager
        bulk_update_with_history(changed, model, names, batch_size=500, default_user=user, manager=plain)
