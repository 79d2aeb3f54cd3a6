"""Files of outlines: checked and shown first, taken over when somebody says so, wholly or not at all."""

import contextlib
import datetime as dt
import json
import re
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import covers
from qiangqu.records import store as files
from qiangqu.records.acts import Act, Acts
from qiangqu.records.attachments import attach
from qiangqu.records.checking import CheckedFile
from qiangqu.registry.models import Area, Parcel
from qiangqu.registry.models.parcel import ParcelStatus
from qiangqu.registry.roles import Action
from qiangqu.ui.uploads import Checked, Takes, Upload, check

from .geometry.checking import Fault
from .geometry.placing import place
from .geometry.reading import SUFFIXES, Source, read, unit_of
from .geometry.systems import SYSTEMS
from .judging import MU, Judged, Outline, Question, judge, place_of
from .models import BoundaryImport, Descent, ImportKind, ImportState
from .outlines import end, made, put

MAX_BYTES = 64 << 20
MOST_FAULTS = 2000  # that are kept and shown: with more, something general is wrong
_SPLIT = re.compile(r"[、,，;；\s]+")


def content_fault(file: Any, suffix: str) -> str:
    """What is wrong with a file of outlines by its first bytes; "" for nothing."""
    start = file.read(32)
    wanted = {".zip": b"PK\x03\x04", ".gpkg": b"SQLite format 3\x00"}.get(suffix)
    if wanted is not None:
        return (
            "" if start.startswith(wanted) else _("内容与扩展名 %(suffix)s 不符，请上传原始文件") % {"suffix": suffix}
        )
    return _("内容与扩展名 %(suffix)s 不符，请上传原始文件") % {"suffix": suffix} if b"\x00" in start else ""


TAKES = Takes(
    SUFFIXES, MAX_BYTES,
    gettext_lazy("只能上传 Shapefile（zip）、GeoPackage（gpkg）、GeoJSON、DXF 或界址点表（csv）"),
    test=content_fault,
)  # fmt: skip
IMPORTS = Acts(
    BoundaryImport,
    "boundary_import",
    may=lambda user, one: covers(user, one.area.path, Action.EDIT_LAND),
    related=("area",),
    title="file_name",
)
OPEN = (ImportState.CHECKED,)


def receive(
    upload: Upload, user: Any, area: Area, kind: str, day: dt.date, reason: str, settings: dict[str, Any]
) -> BoundaryImport:
    """Check a file that came in and keep what was found. Raises InputError for one that cannot be read."""
    file = check(upload, TAKES)
    one = BoundaryImport(
        area=area, kind=kind, day=day, reason=reason[:200], settings=settings, made_by=user, file_name=file.name
    )
    _examine(one, file.name, file, user)
    with transaction.atomic():
        one.save()
        attach(one, [CheckedFile(file.name, "application/octet-stream", file.data, file.sha256)], user)
        IMPORTS.log(user, "checked", one, features=one.features, rejected=one.rejected)
    return one


def _examine(one: BoundaryImport, name: str, file: Checked | bytes, user: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        if isinstance(file, bytes):
            path.write_bytes(file)
        else:
            file.keep(path)
        source = read(path, name, one.settings)
    if not source.features:
        raise InputError(_("文件里没有图形"), where=name)
    placing = place(source, int(one.settings.get("epsg") or 0), bool(one.settings.get("turned")), place_of(one.area))
    outlines = [_outline(feature, source) for feature in source.features]
    judged = judge(outlines, question(one, user))
    one.features = len(outlines)
    one.rejected = len(outlines) if placing.fault else len(judged.rejected)
    one.found = {
        "fault": placing.fault,
        "system": placing.system.name if placing.system else "",
        "epsg": placing.system.epsg if placing.system else 0,
        "offered": [system.epsg for system in placing.offered][:12],
        "turned": placing.turned,
        "rows": source.rows,
        "fields": source.fields[:60],
        "chosen": source.chosen,
        "notes": source.notes,
        "faults": [_told(fault, outlines) for fault in judged.faults[:MOST_FAULTS]],
        "many": len(judged.faults),
    }
    one.staged = zlib.compress(json.dumps([_packed(outline) for outline in outlines]).encode())


def question(one: BoundaryImport, user: Any) -> Question:
    settings = one.settings
    return Question(user, one.area, one.day, one.kind, bool(settings.get("create")), bool(settings.get("accept_area")))


def _outline(feature: Any, source: Source) -> Outline:
    chosen, values = source.chosen, feature.values
    unit = unit_of(chosen["area"])
    area = None
    with contextlib.suppress(ValueError):
        area = float(values.get(chosen["area"]) or 0) * MU[unit] if unit else None
    parents = tuple(dict.fromkeys(one for one in _SPLIT.split(str(values.get(chosen["parents"]) or "")) if one))[:20]
    use = str(values.get(chosen["use"]) or "").strip()[:40]
    return Outline(feature.row, feature.code, feature.shape, feature.fault, use, area or None, parents)


def _told(fault: Fault, outlines: Sequence[Outline]) -> dict[str, Any]:
    one = outlines[fault.at]
    return {"row": one.row, "code": one.code, "level": fault.level, "sentence": fault.sentence, "point": fault.point}


def _packed(one: Outline) -> list[Any]:
    shape = shapely.to_wkb(one.shape, hex=True) if one.shape is not None else ""
    return [one.row, one.code, shape, one.fault, one.use, one.area, list(one.parents)]


def outlines_of(one: BoundaryImport) -> list[Outline]:
    """What a file held, as it was placed."""
    if not one.staged:
        return []
    return [
        Outline(row, code, shapely.from_wkb(shape) if shape else None, fault, use, area, tuple(parents))
        for row, code, shape, fault, use, area, parents in json.loads(zlib.decompress(bytes(one.staged)))
    ]


@IMPORTS.declare("rechecked", gettext_lazy("重新检查界址文件"), states=OPEN, said=gettext_lazy("已重新检查"))
def recheck(
    act: Act[BoundaryImport], epsg: str = "", turned: bool = False, create: bool = False, accept_area: bool = False,
    code: str = "", area: str = "", use: str = "", parents: str = "",
) -> BoundaryImport:  # fmt: skip
    """Read the file anew: in another reference system, by other fields."""
    one = act.record
    one.settings = {
        "epsg": int(epsg) if epsg.isdigit() and int(epsg) in SYSTEMS else 0, "turned": turned, "create": create, "accept_area": accept_area,
        "code": code[:80], "area": area[:80], "use": use[:80], "parents": parents[:80],
    }  # fmt: skip
    file = one.files.filter(removed_at=None).first()
    assert file is not None
    _examine(one, one.file_name, files.read(file.sha256, file.name), act.user)
    one.save()
    act.detail |= {"features": one.features, "rejected": one.rejected}
    return one


@IMPORTS.declare("dropped", gettext_lazy("放弃界址文件"), states=OPEN, said=gettext_lazy("已放弃，没有入库"))
def drop(act: Act[BoundaryImport]) -> BoundaryImport:
    """Leave the file: nothing of it is taken over."""
    act.record.state, act.record.staged = ImportState.DROPPED, b""
    act.record.save(update_fields=["state", "staged"])
    return act.record


def _stands(one: BoundaryImport) -> str:
    if one.found.get("fault"):
        return str(one.found["fault"])
    return _("没有可以入库的图形") if one.rejected >= one.features else ""


@IMPORTS.declare(
    "stored",
    gettext_lazy("界址入库"),
    states=OPEN,
    stands=_stands,
    said=lambda one: (
        _("已入库 %(stored)s 个，未入库 %(rejected)s 个") % {"stored": one.stored, "rejected": one.rejected}
    ),
)
def store(act: Act[BoundaryImport]) -> BoundaryImport:
    """Take over the outlines without errors. Raises ConflictError when the register or the neighbours have changed
    since the check.
    """
    one = act.record
    outlines, asked = outlines_of(one), question(one, act.user)
    judged = judge(outlines, asked)
    if len(judged.rejected) != one.rejected:
        raise ConflictError(_("检查之后名录或相邻宗地变了，请重新检查"), where=one.file_name)
    good = [outline for at, outline in enumerate(outlines) if at not in judged.rejected]
    _create(good, judged, asked)
    system = str(one.found.get("system", ""))[:80]
    put([
        made(judged.subjects[outline.code], outline.shape, one.day, act.user, system=system, reason=one.reason, file_name=one.file_name, plane_area=outline.plane_area)
        for outline in good
    ])  # fmt: skip
    _descend(good, judged, one)
    one.state, one.stored = ImportState.STORED, len(good)
    one.save(update_fields=["state", "stored"])
    act.detail |= {"stored": one.stored, "rejected": one.rejected}
    return one


def _create(good: Sequence[Outline], judged: Judged, asked: Question) -> None:
    """Parcels that the register does not know yet."""
    if asked.kind != ImportKind.PARCEL:
        return
    for outline in good:
        if outline.code not in judged.subjects and outline.area is not None:
            judged.subjects[outline.code] = Parcel.objects.create(
                code=outline.code, area=asked.area, land_area=outline.area, use=outline.use, status=ParcelStatus.PLANNED, valid_from=asked.day,
            )  # fmt: skip


def _descend(good: Sequence[Outline], judged: Judged, one: BoundaryImport) -> None:
    """Splits and merges: who came out of whom, and the end of what was there before."""
    codes = {code for outline in good for code in outline.parents}
    parents = {
        parcel.code: parcel for parcel in Parcel.objects.filter(code__in=codes, area__path__startswith=one.area.path)
    }
    for outline in good:
        child = judged.subjects[outline.code]
        for code in outline.parents:
            Descent.objects.get_or_create(
                parent=parents[code],
                child=child,
                defaults={"day": one.day, "document": one.reason, "simulated": child.simulated},
            )
    for code in codes - {outline.code for outline in good}:
        end(parents[code], one.day)
