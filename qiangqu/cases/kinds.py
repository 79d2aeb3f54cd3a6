"""Kinds and their versions: saving a new version of the files, and the built process of a version.

A version is never changed; cases that were opened under it run on under it, new ones take the current
version.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.terms import clauses
from qiangqu.registry import audit

from . import check, contracts, engine
from .definition import Definition, read_definition, read_folder
from .faults import Faults
from .models import CaseKind, KindVersion


class Ready(NamedTuple):
    """A version ready to run."""

    definition: Definition
    built: engine.Built


def digest(files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def save_version(
    files: Mapping[str, str], user: Any, note: str = "", based_on: int | None = None, code: str = ""
) -> KindVersion:
    """Check ``files`` and make them the current version of their kind; the same files again change nothing.

    ``based_on`` is the number of the version that was edited: when another one has come since, nobody's work
    is overwritten. ``code`` is the kind that is being edited. Raises KindError with every fault,
    ConflictError when somebody else was faster.
    """
    definition = check.checked(files)
    if code and definition.code != code:
        raise InputError(f"事项代码不能改（应为 {code}）", where="kind.yaml code")
    sha256 = digest(files)
    with transaction.atomic():
        kind, created = CaseKind.objects.select_for_update().get_or_create(
            code=definition.code, defaults={"name": definition.name}
        )
        last = KindVersion.objects.filter(kind=kind).order_by("-number").first()
        if last is not None and last.sha256 == sha256 and kind.current_id == last.pk:
            return last
        if based_on is not None and last is not None and last.number != based_on:
            raise ConflictError(
                f"这个事项已有新版本 v{last.number}（您改的是 v{based_on}）；请打开新版本再改", where=kind.name
            )
        try:
            with transaction.atomic():
                version = KindVersion.objects.create(
                    kind=kind, number=last.number + 1 if last else 1, files=dict(files), sha256=sha256,
                    note=note.strip()[:200], made_by=user,
                )  # fmt: skip
        except IntegrityError as error:
            raise ConflictError("别人刚刚保存了新版本，请刷新页面", where=kind.name) from error
        before = {"version": kind.current.number if kind.current else None, "name": kind.name}
        kind.name, kind.current, kind.public = definition.name, version, definition.public
        kind.restricted = bool(definition.raw.get("restricted"))
        kind.save()
        audit.record(
            user,
            "case_kind_created" if created else "case_kind_changed",
            object_type="casekind",
            object_id=kind.code,
            detail={
                "before": before,
                "after": {"version": version.number, "name": kind.name, "sha256": sha256, "note": version.note},
            },
        )
    return version


def bring(files: Mapping[str, str], note: str, followed: bool = False) -> KindVersion:
    """Save what a pack or the program itself brings. What somebody has edited since stands until it brings
    something new; of a kind that code follows (``followed``) it stands as long as it holds the contract.
    Raises KindError like :func:`save_version`."""
    code = check.checked(files).code
    kind = CaseKind.objects.select_related("current").filter(code=code).first()
    if kind is not None and kind.current is not None and kind.current.made_by_id is not None:
        brought = kind.versions.filter(made_by=None).order_by("-number").first()
        if brought is not None and brought.sha256 == digest(files):
            return kind.current
        if followed and not check.check_files(kind.current.files)[1].errors:
            return kind.current
    return save_version(files, None, note=note)


def bring_followed(code: str) -> KindVersion | None:
    """The kind that comes with the code that follows it, made current unless somebody has his own; None for a
    code that no part follows.
    """
    contract = contracts.contract_of(code)
    return bring(read_folder(contract.folder), "随程序", followed=True) if contract is not None else None


def kind_of(code: str) -> CaseKind:
    """An active kind; one that code follows is there without any pack. Raises NotFoundError."""
    if not CaseKind.objects.filter(code=code[:40]).exists():
        bring_followed(code)
    kind = CaseKind.objects.select_related("current").filter(code=code[:40], active=True).first()
    if kind is None or kind.current is None:
        raise NotFoundError("没有这个事项", where=code[:40])
    return kind


def bring_missing() -> None:
    """Make sure that every kind that code follows is there: a node that was upgraded has not loaded its pack again."""
    there = set(CaseKind.objects.values_list("code", flat=True))
    for one in contracts.declared():
        if one.code not in there:
            bring_followed(one.code)


def ready(version: KindVersion) -> Ready:
    """The definition and the built process of a version; kept in memory (versions never change)."""
    return _ready(version.pk, version.sha256)


def worded(code: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` of an opening in the codes that code follows, as the form in force takes it. Raises NotFoundError."""
    version = kind_of(code).current
    assert version is not None
    return contracts.worded(code, ready(version).definition.start_form, data)


@lru_cache(maxsize=128)
def _ready(pk: int, sha256: str) -> Ready:
    faults = Faults()
    definition = read_definition(KindVersion.objects.values_list("files", flat=True).get(pk=pk), faults)
    if definition is None or faults.errors:  # saved by an older, laxer release
        shown = clauses(str(fault) for fault in faults.errors[:3])
        raise InputError(f"这个版本的事项定义已不能运行：{shown}", where=f"KindVersion {pk}")
    return Ready(definition, engine.Built(definition.process, definition.tables, check.data_names(definition)))
