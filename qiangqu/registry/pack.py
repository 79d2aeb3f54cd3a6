"""What the registry takes from a pack: areas.csv, units.csv, industries.csv, recognitions.yaml,
project_kinds.yaml, accounts.yaml.

A record without ``valid_from`` has existed since before anybody asked: it is dated :data:`SINCE_ALWAYS`.
"""

import datetime as dt
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import override

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Finding, Pack, Report, Row

from . import audit, wordings
from .models import (
    Area,
    AreaLevel,
    Industry,
    Organisation,
    OrganisationKind,
    Post,
    ProjectKind,
    RecognitionKind,
    Role,
    User,
)
from .nodes import this_node

SINCE_ALWAYS = dt.date(1949, 10, 1)
AREAS, UNITS, INDUSTRIES = "areas.csv", "units.csv", "industries.csv"
RECOGNITIONS, PROJECT_KINDS, ACCOUNTS = "recognitions.yaml", "project_kinds.yaml", "accounts.yaml"
AREA_COLUMNS = ("code", "parent", "level", "name", "short_name")
UNIT_COLUMNS = ("code", "name", "kind", "area")
CODE_LISTS: tuple[tuple[str, type[models.Model], tuple[str, ...]], ...] = (
    (RECOGNITIONS, RecognitionKind, ("level", "issuer", "validity_years", "source")),
    (PROJECT_KINDS, ProjectKind, ("source",)),
)
_PARENT_LEVELS: dict[str, set[str]] = {
    AreaLevel.CITY: {AreaLevel.REGION},
    AreaLevel.ZONE: {AreaLevel.REGION, AreaLevel.CITY},
}


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _entries(pack: Pack, name: str) -> list[dict[str, Any]]:
    """The list of mappings in a YAML file; [] when the file is missing."""
    if not pack.has(name):
        return []
    data = pack.yaml(name) or []
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise InputError("应是一个列表，每项是“名: 值”的组合", where=name)
    return data


# ---------------------------------------------------------------- building records from rows


def _area(row: Row) -> Area:
    get = row.cells.get
    return Area(
        code=row["code"],
        name=row["name"],
        short_name=row["short_name"] or row["name"],
        level=row["level"],
        kind=get("kind", ""),
        lon=float(row["lon"]) if get("lon") else None,
        lat=float(row["lat"]) if get("lat") else None,
        valid_from=_day(get("valid_from", "")) or SINCE_ALWAYS,
        valid_to=_day(get("valid_to", "")),
        source_url=get("source_url", ""),
        note=get("note", ""),
    )


def _unit(row: Row) -> Organisation:
    get = row.cells.get
    return Organisation(
        code=row["code"],
        uscc=get("uscc", "") or None,
        name=row["name"],
        short_name=get("short_name", ""),
        aliases=";".join(_split(get("aliases", ""))),
        kind=row["kind"],
        valid_from=_day(get("valid_from", "")) or SINCE_ALWAYS,
        valid_to=_day(get("valid_to", "")),
        note=get("note", ""),
    )


def _code_entry(model: type[models.Model], entry: dict[str, Any], names: Iterable[str]) -> models.Model:
    values = {name: entry.get(name) for name in names}
    for name, value in values.items():
        if value is None and model._meta.get_field(name).get_internal_type() == "CharField":
            values[name] = ""
    return model(code=str(entry["code"]), name=str(entry["name"]), **values)


# ---------------------------------------------------------------- checking


@dataclass
class _Checker:
    """Findings of one file: rows with their code, field errors from the models' own validators."""

    file: str
    findings: list[Finding]

    def error(self, where: str, message: str) -> None:
        self.findings.append(Finding("error", self.file, where, message))

    def warn(self, where: str, message: str) -> None:
        self.findings.append(Finding("warning", self.file, where, message))

    def record(self, where: str, build: Callable[[], models.Model], exclude: Iterable[str]) -> None:
        try:
            with override("zh-hans"):
                build().full_clean(exclude=set(exclude), validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self.error(f"{where} {name}", "；".join(messages))
        except (ValueError, TypeError, KeyError) as error:
            self.error(where, f"有一项的写法不对：{error}")


def _unique(checker: _Checker, rows: Iterable[Row]) -> dict[str, Row]:
    """Rows by code; a repeated or empty code is an error."""
    by_code: dict[str, Row] = {}
    seen: set[str] = set()
    for row in rows:
        where = f"第{row.line}行"
        if not row["code"]:
            checker.error(where, "代码为空，请填写")
        elif row["code"].casefold() in seen:
            checker.error(where, f"代码 {row['code']} 重复（不区分大小写），请改用别的代码")
        else:
            seen.add(row["code"].casefold())
            by_code[row["code"]] = row
    return by_code


def _check_areas(pack: Pack, findings: list[Finding]) -> dict[str, Row]:
    checker = _Checker(AREAS, findings)
    areas = _unique(checker, pack.rows(AREAS, AREA_COLUMNS))
    tops = [code for code, row in areas.items() if not row["parent"]]
    if len(tops) != 1:
        checker.error("", f"应当恰有一个没有上级的区域（自治区、省），现有 {len(tops)} 个")
    for code, row in areas.items():
        where = f"第{row.line}行 {code}"
        checker.record(where, lambda row=row: _area(row), exclude=("path", "parent"))  # type: ignore[misc]
        parent = areas.get(row["parent"])
        if row["parent"] and parent is None:
            checker.error(where, f"上级区域 {row['parent']} 不在表中，请补上或改正")
        elif parent is not None and parent["level"] not in _PARENT_LEVELS.get(row["level"], set()):
            checker.error(where, f"{row['level']} 不能放在 {parent['level']} 之下")
        if row["level"] == AreaLevel.ZONE and not (row.cells.get("lon") and row.cells.get("lat")):
            checker.warn(where, "没有经纬度，地图上不显示")
        if not _ends_at_top(code, areas):
            checker.error(where, "上级关系成环，请改正 parent")
    region = str(pack.info.get("region", ""))
    if region and region not in areas:
        checker.error("", f"pack.yaml 的 region 是 {region}，表中没有这个区域")
    stated = pack.info.get("zones_stated")
    zones = sum(row["level"] == AreaLevel.ZONE for row in areas.values())
    if isinstance(stated, int) and stated != zones:
        checker.warn("", f"文件所称开发区 {stated} 个，表中 {zones} 个")
    return areas


def _ends_at_top(code: str, areas: dict[str, Row]) -> bool:
    seen = set()
    while code in areas and areas[code]["parent"]:
        if code in seen:
            return False
        seen.add(code)
        code = areas[code]["parent"]
    return True


def _check_units(pack: Pack, findings: list[Finding], areas: dict[str, Row]) -> dict[str, Row]:
    if not pack.has(UNITS):
        findings.append(Finding("warning", UNITS, "", "没有责任单位表，任务将没有责任单位"))
        return {}
    checker = _Checker(UNITS, findings)
    units = _unique(checker, pack.rows(UNITS, UNIT_COLUMNS))
    names: dict[str, str] = {}
    for code, row in units.items():
        where = f"第{row.line}行 {code}"
        checker.record(where, lambda row=row: _unit(row), exclude=("area",))  # type: ignore[misc]
        if row["area"] not in areas:
            checker.error(where, f"区域 {row['area']} 不在 {AREAS} 中")
        members = _split(row.cells.get("members", ""))
        for member in members:
            if member not in units:
                checker.error(where, f"成员单位 {member} 不在表中")
        if members and row["kind"] != OrganisationKind.GROUP:
            checker.error(where, "只有 group（单位组合）可以有成员单位")
        if row["kind"] == OrganisationKind.GROUP and not members:
            checker.warn(where, "单位组合没有成员名单")
        for name in {row["name"], row.cells.get("short_name", ""), *_split(row.cells.get("aliases", ""))} - {""}:
            other = names.setdefault(name, code)
            if other != code:
                checker.warn(where, f"名称“{name}”同时是 {other} 的名称，查找责任单位时会有歧义")
    return units


def _check_industries(pack: Pack, findings: list[Finding]) -> None:
    if not pack.has(INDUSTRIES):
        return
    checker = _Checker(INDUSTRIES, findings)
    industries = _unique(checker, pack.rows(INDUSTRIES, ("code", "name", "parent")))
    for code, row in industries.items():
        where = f"第{row.line}行 {code}"
        checker.record(where, lambda row=row: Industry(code=row["code"], name=row["name"]), exclude=("parent",))  # type: ignore[misc]
        if row["parent"] and row["parent"] not in industries:
            checker.error(where, f"所属产业 {row['parent']} 不在表中")
        elif row["parent"] and industries[row["parent"]]["parent"]:
            checker.error(where, "产业链只能直接放在产业之下（共两层）")


def _check_code_list(
    pack: Pack, findings: list[Finding], name: str, model: type[models.Model], fields: tuple[str, ...]
) -> None:
    checker = _Checker(name, findings)
    seen: set[str] = set()
    for at, entry in enumerate(_entries(pack, name), start=1):
        code = str(entry.get("code", ""))
        where = f"第{at}项 {code}"
        if not code or not entry.get("name"):
            checker.error(where, "缺少 code 或 name")
            continue
        if code in seen:
            checker.error(where, "代码重复")
        seen.add(code)
        checker.record(where, lambda entry=entry: _code_entry(model, entry, fields), exclude=())  # type: ignore[misc]
        if not entry.get("source"):
            checker.warn(where, "没有依据（source）")


def _check_accounts(pack: Pack, findings: list[Finding], areas: dict[str, Row], units: dict[str, Row]) -> None:
    checker = _Checker(ACCOUNTS, findings)
    seen: set[str] = set()
    for at, entry in enumerate(_entries(pack, ACCOUNTS), start=1):
        username = str(entry.get("username", ""))
        where = f"第{at}项 {username}"
        if not username or username in seen:
            checker.error(where, "用户名为空或重复")
        seen.add(username)
        if entry.get("role") not in Role.values:
            checker.error(where, f"角色 {entry.get('role')} 不存在；可用 {'、'.join(Role.values)}")
        if str(entry.get("area", "")) not in areas:
            checker.error(where, f"区域 {entry.get('area')} 不在 {AREAS} 中")
        if entry.get("organisation") and entry["organisation"] not in units:
            checker.error(where, f"单位 {entry['organisation']} 不在 {UNITS} 中")


def check(pack: Pack) -> list[Finding]:
    """What is missing or wrong in the registry's files of ``pack``; the database is not touched."""
    findings: list[Finding] = []
    areas = _check_areas(pack, findings)
    units = _check_units(pack, findings, areas)
    _check_industries(pack, findings)
    for name, model, fields in CODE_LISTS:
        _check_code_list(pack, findings, name, model, fields)
    _check_accounts(pack, findings, areas, units)
    return findings + wordings.check(pack)


# ---------------------------------------------------------------- loading


def _store(fresh: Any, key: str, skip: tuple[str, ...] = ("simulated",)) -> tuple[Any, bool]:
    """Write ``fresh`` unless the stored record of the same ``key`` already says the same. Returns the stored
    record and whether it was written.
    """
    model = type(fresh)
    stored = model.objects.filter(**{key: getattr(fresh, key)}).first()
    if stored is None:
        fresh.save()
        return fresh, True
    changed = False
    for field in model._meta.concrete_fields:
        if field.primary_key or not field.editable or field.name in skip:
            continue
        value = getattr(fresh, field.attname)
        if getattr(stored, field.attname) != value:
            setattr(stored, field.attname, value)
            changed = True
    if changed:
        stored.save()
    return stored, changed


def load(pack: Pack, report: Report) -> None:
    """Write the registry's part of a checked pack, in the caller's transaction. A second load of the same
    pack changes nothing.
    """
    written = 0
    areas = {row["code"]: row for row in pack.rows(AREAS, AREA_COLUMNS)}
    stored_areas: dict[str, Area] = {}

    def place(code: str) -> Area:
        nonlocal written
        if code not in stored_areas:
            area = _area(areas[code])
            area.parent = place(areas[code]["parent"]) if areas[code]["parent"] else None
            stored_areas[code], changed = _store(area, "code")
            written += changed
        return stored_areas[code]

    for code in areas:
        place(code)
    report(f"区域 {len(areas)} 个")
    this_node()  # is named after the tree by now, before anything bears its code

    industries = list(pack.rows(INDUSTRIES, ("code", "name", "parent"))) if pack.has(INDUSTRIES) else []
    by_code: dict[str, Industry] = {}
    for row in sorted(industries, key=lambda row: bool(row["parent"])):
        industry = Industry(code=row["code"], name=row["name"], parent=by_code.get(row["parent"]))
        by_code[row["code"]], changed = _store(industry, "code")
        written += changed
    units = list(pack.rows(UNITS, UNIT_COLUMNS)) if pack.has(UNITS) else []
    unit_names = {row["code"]: row["name"] for row in units}
    for name, model, fields in CODE_LISTS:
        for entry in _entries(pack, name):
            if entry.get("issuer") in unit_names:
                entry = entry | {"issuer": unit_names[entry["issuer"]]}
            written += _store(_code_entry(model, entry, fields), "code")[1]
    report(
        f"产业与产业链 {len(industries)} 个，认定类别 {RecognitionKind.objects.count()} 个，项目类别 {ProjectKind.objects.count()} 个"
    )

    stored_units: dict[str, Organisation] = {}
    for row in units:
        unit = _unit(row)
        unit.area = stored_areas[row["area"]]
        stored_units[row["code"]], changed = _store(unit, "code")
        written += changed
    for row in units:
        members = {stored_units[code].pk for code in _split(row.cells.get("members", ""))}
        unit = stored_units[row["code"]]
        if members != set(unit.members.values_list("pk", flat=True)):
            unit.members.set(members)
            written += 1
    report(f"责任单位 {len(units)} 个")
    wordings.load(pack, report)
    if written:
        code = str(pack.info.get("code", pack.folder.name))
        audit.record(
            None, "pack_loaded", object_type="pack", object_id=code, detail={"part": "registry", "records": written}
        )


@dataclass(frozen=True, slots=True)
class Account:
    """A demonstration account as it is printed at the end of ``qiangqu demo``."""

    username: str
    password: str
    description: str


def described(user: User) -> str:
    """A demonstration account in a few words: its posts and its name."""
    return f"{user.posts_told} · {user.display_name}"


def load_accounts(pack: Pack, report: Report) -> list[Account]:
    """Make the pack's demonstration accounts; only ever called for a demonstration database.

    The password comes from the environment variable named in ``password_env``, else ``demo_password``, else
    it is made up. An account that exists keeps its password and is shown as unchanged.
    """
    accounts = []
    for entry in _entries(pack, ACCOUNTS):
        password = (
            os.environ.get(str(entry.get("password_env") or ""), "")
            or entry.get("demo_password")
            or secrets.token_urlsafe(9)
        )
        user = User.objects.filter(username=entry["username"]).first() or User(username=str(entry["username"]))
        fresh = user.pk is None
        user.display_name = str(entry.get("name", ""))
        if fresh or not user.check_password(str(password)):
            user.set_password(str(password))
        user.save()
        for post in (entry, *entry.get("posts", ())):
            where: dict[str, Any] = {
                "area": Area.objects.get(code=str(post["area"])),
                "organisation": Organisation.objects.get(code=post["organisation"])
                if post.get("organisation")
                else None,
            }
            # the simulation gives it an enterprise; loading the pack again gives it no second post
            given = post["role"] == Role.ENTERPRISE and where["organisation"] is None
            if given and Post.objects.filter(user=user, role=Role.ENTERPRISE).exists():
                continue
            Post.objects.get_or_create(user=user, role=str(post["role"]), **where)
        if fresh:
            audit.record(
                None,
                "user_created",
                object_type="user",
                object_id=user.pk,
                area_path=user.home_path,
                detail={"username": user.username, "posts": user.posts_told},
            )
        accounts.append(Account(user.username, str(password), described(user)))
    report(f"演示账号 {len(accounts)} 个")
    return accounts
