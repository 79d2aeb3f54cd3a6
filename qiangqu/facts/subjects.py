"""The registers whose records facts are about: those that the parts' manifests declare, checked at the
start against their models."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, FloatField, IntegerField, Model
from django.urls import NoReverseMatch, reverse

from qiangqu.base.errors import InputError
from qiangqu.base.part import PartError
from qiangqu.base.subjects import LAST_NUMBER, Attribute, Subject
from qiangqu.base.terms import listed
from qiangqu.base.units import is_known_unit
from qiangqu.registry.models import Area

_WORD = re.compile(r"[a-z][a-z0-9_]*")
#: columns of a file of facts that are no subjects
COLUMNS = frozenset(
    {"element", "subject", "period", "value", "unit", "source_title", "source_url", "source_date", "note", "precedence"}
)
#: columns that stand beside the attributes where formulas read records
RESERVED = frozenset({"id", "first", "last", "area", "sim", "sk", "subject"})
_declared: dict[str, tuple[Subject, str]] = {}


def register(part: str, subjects: Iterable[Subject]) -> None:
    """Make the subjects of a part known. Raises PartError for a code or number that is taken, and for what
    the model has not."""
    for one in subjects:
        _check(one, part)
        _declared[one.code] = one, part


def subjects() -> list[Subject]:
    """All, by number."""
    return sorted((one for one, _part in _declared.values()), key=lambda one: one.number)


def codes() -> list[str]:
    return [one.code for one in subjects()]


def by_code(code: str) -> Subject:
    """Raises InputError that names the codes there are."""
    if code not in _declared:
        raise InputError(f"没有对象类型“{code[:40]}”；可用 {'、'.join(codes())}")
    return _declared[code][0]


def by_number(number: int) -> Subject | None:
    """None for a number that no part declares (any more)."""
    return next((one for one, _part in _declared.values() if one.number == number), None)


def named(texts: Iterable[str]) -> list[Subject]:
    """The subjects with these codes, by number; codes of parts that are not there are left out."""
    wanted = set(texts)
    return [one for one in subjects() if one.code in wanted]


def model_of(subject: Subject) -> Any:
    """The model of its records (``Any``: managers and columns are those that the declaration names)."""
    return apps.get_model(subject.model)


def models() -> dict[int, Any]:
    """The model of each number."""
    return {one.number: model_of(one) for one in subjects()}


def title_of(number: int) -> str:
    """The word for people; of a number that nobody declares the number itself."""
    found = by_number(number)
    return str(found.title) if found else f"对象类型 {number}"


def url_of(number: int, pk: int) -> str:
    """The page of a record; "" when this node has none."""
    found = by_number(number)
    if found is None:
        return ""
    try:
        return reverse(found.page, args=[pk])
    except NoReverseMatch:
        return ""


def steps_to_area(subject: Subject) -> list[str]:
    """The foreign keys from a record to its area; none for an area.

    >>> steps_to_area(Subject("shaft", 99, "mine.Shaft", "井筒", "shafts-detail", area="mine.area"))
    ['mine', 'area']
    """
    return subject.area.split(".") if subject.area else []


def area_lookup(subject: Subject, column: str) -> str:
    """Django's lookup of a column of a record's area.

    >>> area_lookup(Subject("shaft", 99, "mine.Shaft", "井筒", "shafts-detail", area="mine.area"), "path")
    'mine__area__path'
    """
    return "__".join([*steps_to_area(subject), column])


def owner_of(subject: Subject) -> Subject | None:
    """The subject whose record owns a record of this one; None where there are no owners."""
    if not subject.owner:
        return None
    related = model_of(subject)._meta.get_field(subject.owner).related_model
    return next((one for one in subjects() if model_of(one) is related), None)


def is_number(attribute: Attribute) -> bool:
    """Whether the attribute is a number with a unit, and no text."""
    return bool(attribute.unit)


def field_of(subject: Subject, attribute: Attribute) -> "Field[Any, Any]":
    """The model field that holds the attribute. Raises FieldDoesNotExist."""
    model: type[Model] = model_of(subject)
    *keys, last = attribute.column.split(".")
    for key in keys:
        model = _related(model, key)
    found = model._meta.get_field(last)
    if not isinstance(found, Field):
        raise FieldDoesNotExist(last)
    return found


def _related(model: type[Model], key: str) -> type[Model]:
    found: Any = model._meta.get_field(key).related_model
    if found is None:
        raise FieldDoesNotExist(key)
    return found  # type: ignore[no-any-return]


def _check(one: Subject, part: str) -> None:
    def fault(text: str) -> PartError:
        return PartError(f"对象“{one.code}”：{text}", where=part)

    if not _WORD.fullmatch(one.code):
        raise fault("代码须由小写字母、数字和 _ 组成，以字母开头")
    if not 0 < one.number <= LAST_NUMBER:
        raise fault(f"编号 {one.number} 须在 1—{LAST_NUMBER} 之间")
    for other, owner in _declared.values():
        if other.code == one.code:
            raise fault(f"代码已由 {owner} 声明，请换一个")
        if other.number == one.number:
            taken = listed(str(known.number) for known in subjects())
            raise fault(f"编号 {one.number} 已由 {owner} 的“{other.code}”使用，请换一个（已用 {taken}）")
        both = set(one.headings) & set(other.headings)
        if both:
            raise fault(f"表头“{sorted(both)[0]}”已由 {owner} 的“{other.code}”使用，请换一个")
    if one.code in COLUMNS:
        raise fault("代码与事实文件的列同名，请换一个")
    for text in _faults(one):
        raise fault(text)


def _faults(one: Subject) -> Iterator[str]:
    """What the declaration says of the model and is not so."""
    try:
        model: Any = apps.get_model(one.model)
    except (LookupError, ValueError):
        yield f"没有模型 {one.model}"
        return
    missing = [name for name in ("valid_from", "valid_to", "simulated", "history") if not hasattr(model, name)]
    if missing:
        yield f"模型 {one.model} 须是名录（RegisterRecord），缺 {'、'.join(missing)}"
    for name in (*one.codes, *one.names, *one.aliases, *([one.owner] if one.owner else [])):
        if not _has(model, name):
            yield f"模型 {one.model} 没有字段 {name}"
    for name in one.codes:
        if _has(model, name) and not model._meta.get_field(name).unique:
            yield f"代码字段 {name} 须唯一（unique），否则一个代码会指几条记录"
    if not one.codes:
        yield "至少要有一个代码字段（codes）"
    try:
        place = model
        for step in steps_to_area(one):
            place = _related(place, step)
        if place is not Area:
            yield f"area“{one.area}”不通向区域"
    except FieldDoesNotExist:
        yield f"area“{one.area}”中的字段不存在"
    twice = [a.name for at, a in enumerate(one.attributes) if a.name in [b.name for b in one.attributes[:at]]]
    if twice:
        yield f"属性 {twice[0]} 声明了两次"
    for attribute in one.attributes:
        if not _WORD.fullmatch(attribute.name):
            yield f"属性 {attribute.name} 须由小写字母、数字和 _ 组成，以字母开头"
        if attribute.name in RESERVED:
            yield f"属性 {attribute.name} 与计算用的列同名，请换一个（如 {one.code}_{attribute.name}）"
        if attribute.column.count(".") > 1:
            yield f"属性 {attribute.name} 的 path“{attribute.path}”最多只能经过一个外键"
            continue
        try:
            found = field_of(one, attribute)
        except FieldDoesNotExist:
            yield f"属性 {attribute.name} 所指的字段 {attribute.column} 不存在"
            continue
        if isinstance(found, (FloatField, IntegerField)) != is_number(attribute):
            yield f"属性 {attribute.name}：数值须写单位（unit），文字不能写"
        if attribute.unit and not is_known_unit(attribute.unit):
            yield f"属性 {attribute.name}：不认识的单位“{attribute.unit}”"


def _has(model: Any, name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
