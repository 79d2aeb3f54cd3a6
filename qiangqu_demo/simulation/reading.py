"""Reading a mapping from YAML into a frozen dataclass, every value checked against the field's type and
bounds.
"""

import dataclasses
import math
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from qiangqu.base.errors import InputError

T = TypeVar("T")


def bounded(low: float, high: float, default: Any = dataclasses.MISSING) -> Any:
    """A number field that must lie in [``low``, ``high``] (each item of a tuple, too)."""
    return dataclasses.field(default=default, metadata={"low": low, "high": high})


def read(cls: type[T], data: Any, where: str) -> T:
    """``data`` as a ``cls``. Keys of YAML named ``from`` go to a field ``from_``; ``remark`` may always be
    there.

    Raises InputError that names the place of a missing, unknown, ill-typed or out-of-bounds value.
    """
    if not isinstance(data, dict):
        raise InputError("应是“名: 值”的组合", where=where)
    hints = get_type_hints(cls)
    given = {f"{key}_" if key == "from" else str(key): value for key, value in data.items()}
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(given) - set(fields) - {"remark"})
    if unknown:
        raise InputError(f"不认识的项 {'、'.join(unknown)}，请改正或删去", where=where)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            values[name] = _value(hints[name], given[name], f"{where}.{name.rstrip('_')}", field.metadata)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InputError("缺少这一项", where=f"{where}.{name.rstrip('_')}")
    return cls(**values)


def read_all(cls: type[T], data: Any, where: str) -> dict[str, T]:
    """A mapping of names to ``cls``; ``remark`` is no name."""
    if not isinstance(data, dict):
        raise InputError("应是“名: 值”的组合", where=where)
    return {str(name): read(cls, value, f"{where}.{name}") for name, value in data.items() if name != "remark"}


def _value(kind: Any, value: Any, where: str, metadata: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        if not isinstance(value, list) or (arguments[-1] is not Ellipsis and len(value) != len(arguments)):
            raise InputError(
                "应是列表" if arguments[-1] is Ellipsis else f"应是 {len(arguments)} 项的列表", where=where
            )
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
        return tuple(_value(k, v, f"{where}[{i}]", metadata) for i, (k, v) in enumerate(zip(kinds, value, strict=True)))
    if origin is dict:
        if not isinstance(value, dict):
            raise InputError("应是“名: 值”的组合", where=where)
        return {str(k): _value(arguments[1], v, f"{where}.{k}", metadata) for k, v in value.items() if k != "remark"}
    if dataclasses.is_dataclass(kind):
        return read(kind, value, where)  # type: ignore[arg-type]
    if kind is bool or kind is str:
        if not isinstance(value, kind):
            raise InputError("应是 true 或 false" if kind is bool else "应是文字（数字样的代码请加引号）", where=where)
        return value
    if kind in (int, float):
        return _number(kind, value, where, metadata)
    return value


def _number(kind: type, value: Any, where: str, metadata: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError("应是数字", where=where)
    if kind is int and value != int(value):
        raise InputError("应是整数", where=where)
    low, high = metadata.get("low", -math.inf), metadata.get("high", math.inf)
    if not low <= value <= high:
        raise InputError(f"{value} 不在 {low}—{high} 之间", where=where)
    return kind(value)
