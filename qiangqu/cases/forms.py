"""Forms: a JSON Schema with the order of its fields and their widgets, shown as a page and checked on the
server.

A form file is ``{"schema": {…}, "order": ["title", …], "widgets": {"title": "textarea"}}``. Of JSON Schema
(2020-12) the words in :data:`KEYWORDS` may be used; regular expressions and references may not (an expression
can be made to run for ever, a reference can leave the file): named formats stand in for them. Data beyond the
schema is refused. An option is a code with ``titles`` for the words that people see, or a word that is its
own code.
"""

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError

from qiangqu.base.codes import is_valid_uscc
from qiangqu.base.errors import InputError
from qiangqu.base.terms import clauses, listed, said
from qiangqu.base.text import number_typed

MAX_FIELDS = 60
MAX_BYTES = 200_000
LONGEST_TEXT = 4000
MOST_ITEMS = 50
MOST = 10**12
FIRST_YEAR, LAST_YEAR = 1949, 2150  # of every date that somebody writes
KEYWORDS = frozenset(
    [
        "type",
        "title",
        "description",
        "enum",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "format",
        "default",
        "items",
        "uniqueItems",
        "minItems",
        "maxItems",
        "case",
        "people",
        "titles",
    ]
)
WIDGETS = frozenset({"textarea", "radio", "select", "checkboxes"})
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
#: names that the engine itself puts beside a case's data
RESERVED = frozenset(
    {"area_code", "area_level", "overdue", "days_left", "open_steps", "step_overdue", "late_steps", "returned"}
    | {"true", "false", "none", "None", "True", "False"}
)
FORMATS = ("date", "email", "mobile", "phone", "uscc", "area", "organisation", "user", "case", "url")
_FORMATS = FormatChecker(formats=())


def _fits(name: str) -> Any:
    return _FORMATS.checks(name)


@_fits("date")
def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return len(value) == 10 and FIRST_YEAR <= dt.date.fromisoformat(value).year <= LAST_YEAR
    except ValueError:
        return False


for _name, _pattern in {
    "email": r"[^@\s]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}",
    "mobile": r"1[3-9]\d{9}",
    "phone": r"[0-9+][0-9 -]{4,19}",
    "url": r"https?://[^\s<>\"']{3,480}",
    "area": r"[A-Z0-9][A-Z0-9_.-]{0,23}",
    "organisation": r"[^\s]{1,60}",
    "user": r"[\w.@+-]{1,150}",
    "case": r"[A-Z]{1,8}(-[A-Z0-9]{1,8})?-\d{4}-\d{1,10}",
}.items():
    _fits(_name)(lambda value, p=re.compile(_pattern): not isinstance(value, str) or bool(p.fullmatch(value)))
_fits("uscc")(lambda value: not isinstance(value, str) or is_valid_uscc(value))


@dataclass(frozen=True, slots=True)
class Form:
    """A checked form. ``schema`` always says ``additionalProperties: false`` and bounds every text."""

    name: str
    title: str
    schema: dict[str, Any]
    order: tuple[str, ...]
    widgets: Mapping[str, str] = field(default_factory=dict)

    @property
    def required(self) -> frozenset[str]:
        return frozenset(self.schema.get("required", ()))

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        return dict(self.schema["properties"])


def read_form(text: str, name: str, strict: bool = True) -> Form:
    """The form in ``text``. Raises InputError that names the field and what is not allowed. Not ``strict``: a
    form that an older release saved.
    """
    where = f"forms/{name}.json"
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise InputError(f"表单超过 {MAX_BYTES // 1000} KB", where=where)
    try:
        data = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise InputError("不是合法的 JSON（数要写成普通的数，不能是 NaN 或 Infinity）", where=where) from error
    schema = data.get("schema") if isinstance(data, dict) else None
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        raise InputError("应有 schema，其中有 properties", where=where)
    extra = set(data) - {"schema", "order", "widgets"} | (
        set(schema) - {"$schema", "title", "description", "type", "properties", "required", "additionalProperties"}
    )
    if extra or schema.get("type", "object") != "object":
        raise InputError(f"不认识的内容：{'、'.join(sorted(map(str, extra)))[:100] or 'type 应为 object'}", where=where)
    if len(schema["properties"]) > MAX_FIELDS:
        raise InputError(f"字段超过 {MAX_FIELDS} 个，请拆成几步", where=where)
    properties = {key: _property(key, value, where, strict) for key, value in schema["properties"].items()}
    required = schema.get("required", [])
    order = data.get("order", list(properties))
    widgets = data.get("widgets", {})
    if not isinstance(required, list) or not set(map(str, required)) <= set(properties):
        raise InputError("required 里有没有定义的字段", where=where)
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(properties):
        raise InputError("order 应把每个字段各列一次", where=where)
    if not isinstance(widgets, dict) or any(
        k not in properties or not isinstance(v, str) or v not in WIDGETS for k, v in widgets.items()
    ):
        raise InputError(f"widgets 只能给已有字段指定 {'、'.join(sorted(WIDGETS))}", where=where)
    checked = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    try:
        Draft202012Validator.check_schema(checked)
    except SchemaError as error:
        raise InputError(f"不符合 JSON Schema（{error.message[:120]}）", where=where) from error
    return Form(name, str(schema.get("title", name))[:80], checked, tuple(order), widgets)


def _no_number(text: str) -> float:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _property(key: str, value: Any, where: str, strict: bool) -> dict[str, Any]:
    place = f"{where} {str(key)[:40]}"
    if not NAME.match(str(key)) or key in RESERVED:
        raise InputError("字段名应是小写字母开头的字母、数字和下划线，且不能是系统用名", where=place)
    if not isinstance(value, dict):
        raise InputError("字段应是一个 JSON 对象", where=place)
    unknown = set(value) - KEYWORDS
    if unknown:
        raise InputError(f"不允许的写法：{'、'.join(sorted(map(str, unknown)))[:100]}", where=place)
    kind = value.get("type")
    if kind not in ("string", "number", "integer", "boolean", "array"):
        raise InputError("type 应是 string、number、integer、boolean 或 array", where=place)
    if strict:
        _typed_words(value, place)
    if "enum" in value and not (
        isinstance(value["enum"], list)
        and 0 < len(value["enum"]) <= 200
        and all(isinstance(one, str) and 0 < len(one) <= 100 for one in value["enum"])
    ):
        raise InputError("enum 应列出 1—200 个文字选项", where=place)
    if value.get("format") is not None and not (isinstance(value["format"], str) and value["format"] in FORMATS):
        raise InputError(f"format 只能是 {'、'.join(FORMATS)}", where=place)
    if ("case" in value) != (value.get("format") == "case") or ("case" in value and not _is_case_rule(value["case"])):
        raise InputError(
            'format 为 case 时应写 "case": {"kind": 事项代码, "where": {字段: 文字}, "valid_to": 字段}', where=place
        )
    if "titles" in value and not _are_titles(value["titles"], value.get("enum")):
        raise InputError(
            'titles 应给 enum 里的每个代码写一个不同的名称，如 {"enum": ["approve"], "titles": {"approve": "同意"}}',
            where=place,
        )
    people = value.get("people")
    if people is not None and (value.get("format") != "user" or not isinstance(people, str) or not NAME.match(people)):
        raise InputError(
            'people 只能写在 format 为 user 的字段里，值是一类人员的代码，如 "office_signers"', where=place
        )
    bounded = dict(value)
    if kind == "string" and "enum" not in value:
        longest = value.get("maxLength", max(200, value.get("minLength", 0)))
        if not isinstance(longest, int) or not 1 <= longest <= LONGEST_TEXT:
            raise InputError(f"maxLength 应在 1—{LONGEST_TEXT} 之间", where=place)
        bounded["maxLength"] = longest
    if kind in ("number", "integer"):
        bounded.setdefault("minimum", -MOST)
        bounded.setdefault("maximum", MOST)
    if kind == "array":
        items = value.get("items")
        if not isinstance(items, dict) or items.get("type") != "string":
            raise InputError("数组只能是文字的多选（items.type 为 string）", where=place)
        bounded["items"] = _property(key, items, where, strict)
        bounded["maxItems"] = min(value.get("maxItems", MOST_ITEMS), MOST_ITEMS)
        bounded["uniqueItems"] = True
    for low, high in _PAIRS if strict else ():
        if low in bounded and high in bounded and bounded[low] > bounded[high]:
            raise InputError(f"{low} 大于 {high}，什么都填不进去", where=place)
    return bounded


_PAIRS = [
    ("minimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
]
_COUNTS = {
    "minLength": (0, LONGEST_TEXT),
    "maxLength": (1, LONGEST_TEXT),
    "minItems": (0, MOST_ITEMS),
    "maxItems": (1, MOST_ITEMS),
}


def _typed_words(value: Mapping[str, Any], place: str) -> None:
    """The words of a field have the types and bounds that the program itself relies on (JSON Schema would
    allow more).
    """
    for word, (low, high) in _COUNTS.items():
        if word in value and not (type(value[word]) is int and low <= value[word] <= high):
            raise InputError(f"{word} 应是 {low}—{high} 的整数", where=place)
    for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if word in value and not (type(value[word]) in (int, float) and abs(value[word]) <= MOST):
            raise InputError(f"{word} 应是绝对值不超过 {MOST} 的数", where=place)
    for word, longest in (("title", 200), ("description", 1000)):
        if word in value and not (isinstance(value[word], str) and len(value[word]) <= longest):
            raise InputError(f"{word} 应是不超过 {longest} 字的文字", where=place)
    for word in ("enum", "format"):
        if word in value and value["type"] != "string":
            raise InputError(f"{word} 只能写在文字（type 为 string）上", where=place)
    if "uniqueItems" in value and not isinstance(value["uniqueItems"], bool):
        raise InputError("uniqueItems 应是 true 或 false", where=place)
    kinds: dict[Any, tuple[type, ...]] = {
        "string": (str,), "boolean": (bool,), "integer": (int,), "number": (int, float), "array": (list,),
    }  # fmt: skip
    if "default" in value and type(value["default"]) not in kinds[value["type"]]:
        raise InputError("default 与 type 不符", where=place)
    if isinstance(value.get("default"), list) and not all(isinstance(one, str) for one in value["default"]):
        raise InputError("default 应是一组文字", where=place)


def _are_titles(titles: Any, codes: Any) -> bool:
    return (
        isinstance(titles, dict)
        and isinstance(codes, list)
        and set(titles) == set(map(str, codes))
        and all(isinstance(word, str) and 0 < len(word.strip()) <= 100 for word in titles.values())
        and len(set(titles.values())) == len(titles)
        # a word that is another option's code would say two things
        and all(word not in titles or word == code for code, word in titles.items())
    )


def title_of(spec: Mapping[str, Any] | None, value: str) -> str:
    """The word that people see for an option's code; the value itself where the field gives none.

    >>> title_of({"enum": ["approve"], "titles": {"approve": "同意"}}, "approve")
    '同意'
    """
    return said(((spec or {}).get("titles") or {}).get(value, value))


def in_codes(form: Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` with the codes of options where their words were given: what a client of an earlier release or
    a spreadsheet sends.
    """
    out = dict(data)
    for name, spec in form.fields.items():
        holder = spec.get("items", {}) if spec["type"] == "array" else spec
        codes = {word: code for code, word in holder.get("titles", {}).items()}
        value = out.get(name)
        if isinstance(value, str):
            out[name] = codes.get(value, value)
        elif isinstance(value, list):
            out[name] = [codes.get(one, one) if isinstance(one, str) else one for one in value]
    return out


def _is_case_rule(rule: Any) -> bool:
    if not isinstance(rule, dict) or not {"kind"} <= set(rule) <= {"kind", "where", "valid_to"}:
        return False
    where = rule.get("where", {})
    names = [rule["kind"], rule.get("valid_to", "x"), *(where if isinstance(where, dict) else [None])]
    return all(isinstance(one, str) and NAME.match(one) and "__" not in one for one in names) and all(
        isinstance(one, str) and 0 < len(one) <= 100 for one in where.values()
    )


class FormErrors(InputError):
    """Data that a form refuses: ``errors`` by field ("" for what belongs to none)."""

    def __init__(self, errors: Mapping[str, str], form: Form) -> None:
        self.errors = dict(errors)
        titles = {key: spec.get("title", key) for key, spec in form.fields.items()}
        super().__init__(clauses(f"{titles.get(k, k)}：{v}".lstrip("：") for k, v in self.errors.items())[:800])


def validated(form: Form, data: Any) -> dict[str, Any]:
    """``data`` when the form accepts it, options by their codes. Raises FormErrors with a sentence for each
    field, also for data beyond the schema.
    """
    if not isinstance(data, dict):
        raise FormErrors({"": _("应是一组字段")}, form)
    data = in_codes(form, data)
    errors: dict[str, str] = {}
    for error in Draft202012Validator(form.schema, format_checker=_FORMATS).iter_errors(data):
        if error.validator == "additionalProperties":
            extra = sorted(set(map(str, data)) - set(form.fields))
            errors[""] = _("有表单之外的内容：%(names)s") % {"names": listed(extra)[:100]}
        elif error.validator == "required":
            errors.update(dict.fromkeys((k for k in form.required if k not in data), _("必填")))
        else:
            errors.setdefault(str(error.absolute_path[0]) if error.absolute_path else "", _sentence(error))
    for key, value in data.items():
        if isinstance(value, str) and _has_control(value):
            errors.setdefault(str(key), _("有不可见的控制字符，请重新输入"))
        if key in form.required and isinstance(value, str) and not value.strip():
            errors.setdefault(str(key), _("必填"))
        if isinstance(value, float) and value != value:
            errors.setdefault(str(key), _("应是数字"))
    if errors:
        raise FormErrors(errors, form)
    return data


def seen_of(form: Form, data: Mapping[str, Any]) -> str:
    """What a page shows of ``data`` in the fields of the form, as a short text that comes back with the
    answers (:func:`changed_since`).
    """
    return ",".join(f"{name}:{_print(data.get(name))}" for name in form.order)


def changed_since(form: Form, seen: str, data: Mapping[str, Any]) -> list[str]:
    """The fields whose value is another one than a page showed that said ``seen``."""
    told = dict(one.partition(":")[::2] for one in seen[:5000].split(","))
    return [name for name in form.order if name in told and told[name] != _print(data.get(name))]


def _print(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def _has_control(text: str) -> bool:
    return any((ord(c) < 32 and c not in "\n\r\t") or c == "\x7f" or 0xD800 <= ord(c) <= 0xDFFF for c in text)


def _sentence(error: Any) -> str:
    limit = error.validator_value
    match error.validator:
        case "type":
            kinds = {"number": _("应是数字"), "integer": _("应是整数"), "boolean": _("应是“是”或“否”")}
            return kinds.get(limit, _("应是文字"))
        case "enum":
            return _("不在可选的范围内")
        case "minimum" | "exclusiveMinimum":
            return _("不能小于 %(limit)s") % {"limit": limit}
        case "maximum" | "exclusiveMaximum":
            return _("不能大于 %(limit)s") % {"limit": limit}
        case "minLength":
            return _("至少 %(limit)s 个字") % {"limit": limit}
        case "maxLength":
            return _("最多 %(limit)s 个字") % {"limit": limit}
        case "minItems":
            return _("至少选 %(limit)s 项") % {"limit": limit}
        case "maxItems":
            return _("最多选 %(limit)s 项") % {"limit": limit}
        case "format":
            words = {
                "date": _("日期应写成 2026-11-23 的样子"),
                "email": _("不是有效的邮箱地址"),
                "mobile": _("不是有效的手机号"),
                "phone": _("不是有效的电话号码"),
                "uscc": _("统一社会信用代码的校验位不符"),
            }
            return words.get(limit, _("格式不对"))
        case _:
            return _("内容不符合要求")


def from_post(form: Form, post: Any) -> dict[str, Any]:
    """What a browser posted, typed by the schema; empty answers are left out. Not yet checked: give it to
    :func:`validated`.

    A field that the schema does not know stays in and is refused there. ``post`` is a QueryDict; names that
    begin with ``_`` and the CSRF token belong to the page.
    """
    data: dict[str, Any] = {}
    for key in post:
        if key.startswith("_") or key == "csrfmiddlewaretoken":
            continue
        spec = form.fields.get(key)
        values = [str(value).replace("\r\n", "\n").strip() for value in post.getlist(key)[: MOST_ITEMS + 1]]
        if spec is None:
            data[key] = values[-1] if values else ""
        elif spec["type"] == "array":
            data[key] = [value for value in values if value]
        elif values and values[-1] != "":
            data[key] = _typed(spec["type"], values[-1])
    for key, spec in form.fields.items():
        if spec["type"] == "boolean":
            data.setdefault(key, False)
    return data


def emptied(form: Form, post: Any) -> frozenset[str]:
    """The fields that a browser posted without an answer: who clears what a page showed takes the value
    away.
    """
    return frozenset(
        key for key in form.fields if key in post and not any(value.strip() for value in post.getlist(key))
    )


def _typed(kind: str, text: str) -> Any:
    if kind == "boolean":
        return {"true": True, "on": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind in ("number", "integer") and len(text) <= 40:
        try:
            number = number_typed(text)
        except ValueError:
            return text
        if number != number or abs(number) > MOST:
            return text
        return int(number) if number == int(number) else number
    return text


def sample(form: Form, choose: Any) -> dict[str, Any]:
    """Data that the form accepts, for a dry run. ``choose`` is a ``random.Random``."""
    return {key: _sample(spec, choose) for key, spec in form.fields.items()}


def _sample_number(spec: Mapping[str, Any], choose: Any) -> int | float:
    """A number that fits, small or large: conditions compare with either."""
    step = 1 if spec["type"] == "integer" else 0.01
    low = max(spec["minimum"], spec.get("exclusiveMinimum", -MOST) + step)
    high = min(spec["maximum"], spec.get("exclusiveMaximum", MOST) - step)
    reach = choose.choice([10, 1000, 100_000, 10_000_000])
    low, high = max(low, min(-reach, high)), min(high, max(reach, low))
    if spec["type"] == "integer":
        return choose.randint(math.ceil(low), max(math.ceil(low), math.floor(high)))
    return round(choose.uniform(low, high), 2)


def _sample(spec: Mapping[str, Any], choose: Any) -> Any:
    if "enum" in spec:
        return choose.choice(spec["enum"])
    match spec["type"]:
        case "boolean":
            return choose.random() < 0.5
        case "integer" | "number":
            return _sample_number(spec, choose)
        case "array":
            options = spec["items"].get("enum") or ["甲", "乙"]
            return [choose.choice(options)]
        case _:
            by_format = {
                "date": "2026-12-31", "email": "a@example.com", "mobile": "13900000000", "phone": "0951-0000000",
                "uscc": "91640100MA00000013", "url": "https://example.com", "area": "A", "organisation": "A", "user": "a", "case": "A-2026-0001",
            }  # fmt: skip
            return by_format.get(spec.get("format", ""), "甲" * max(1, spec.get("minLength", 1)))
