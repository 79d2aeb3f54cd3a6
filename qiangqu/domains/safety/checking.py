"""Check-lists on a visit: which lists suit a subject, what an inspector answers (on the phone, also without a line),
and what follows: an item that is not met becomes a hazard in the same act.
"""

import datetime as dt
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, UnidentifiedImageError

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.records.attachments import attach
from qiangqu.records.checking import CheckedFile
from qiangqu.registry.models import Organisation
from qiangqu.registry.models.history import alive_on

from .access import goes, runs
from .hazards import report
from .models.hazards import CheckAnswer, CheckItem, CheckList, Hazard
from .models.inspections import Visit
from .terms import DrawState, Found, HazardState, Verdict
from .visiting import VISITS

#: a phone's clock may be so far ahead
AHEAD = dt.timedelta(minutes=10)
#: tags of EXIF that are kept as evidence
KEPT = ("DateTime", "DateTimeOriginal", "Make", "Model", "Software", "OffsetTimeOriginal")


def lists_for(organisation: Organisation, day: dt.date) -> list[CheckList]:
    """The check-lists of the organisation's trade and those for every trade, the most particular first."""
    found = []
    for one in alive_on(CheckList.objects.all(), day):
        prefixes = [part.strip() for part in one.industry.replace("，", ",").split(",") if part.strip()]
        fits = [len(part) for part in prefixes if organisation.industry_code.startswith(part)]
        if not prefixes or fits:
            found.append((-max(fits, default=0), one.code, one))
    return [one for _length, _code, one in sorted(found, key=lambda row: row[:2])]


def newest(visit: Visit) -> dict[int, CheckAnswer]:
    """The answer that counts of each item."""
    rows = CheckAnswer.objects.filter(visit=visit).select_related("item", "hazard", "by")
    return {one.item_id: one for one in rows.order_by("received_at", "pk")}


def exif_of(data: bytes) -> dict[str, Any]:
    """What a photograph says about itself: time, maker, place in degrees; {} for one that says nothing. It is kept as
    evidence and never believed: anybody can write it."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            exif = picture.getexif()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return {}
    tags: dict[int, Any] = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    found: dict[str, Any] = {
        name: str(value)[:80].replace("\0", "")
        for key, value in tags.items()
        if (name := ExifTags.TAGS.get(key, "")) in KEPT
    }
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    lat, lon = _degrees(place.get(2), place.get(1)), _degrees(place.get(4), place.get(3))
    if lat is not None and lon is not None:
        found |= {"lat": lat, "lon": lon}
    return found


def _degrees(parts: Any, side: Any) -> float | None:
    try:
        degrees, minutes, seconds = (float(one) for one in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= 180:
        return None
    return round(-value if side in ("S", "W") else value, 6)


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer as the phone sends it. ``uid`` names it for good; ``due`` is the day by which what is not met is to be
    put right."""

    uid: UUID
    item: str
    verdict: str
    at: dt.datetime
    note: str = ""
    due: dt.date | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None
    photographs: Sequence[CheckedFile] = field(default=())


def entry_of(sent: Any, photographs: Sequence[CheckedFile]) -> Entry:
    """Read an answer out of a form. Raises InputError that names the field."""
    try:
        uid = UUID(sent.get("uid", ""))
    except ValueError:
        raise InputError(_("这条记录没有标识"), where="uid") from None
    try:
        at = parse_datetime(sent.get("at", ""))
        due = dt.date.fromisoformat(sent["due"]) if sent.get("due") else None
    except ValueError:
        at = None
        due = None
    if at is None or at.tzinfo is None or not 2000 < at.year < 2200:
        raise InputError(_("填写时间格式不对"), where="at")
    lon, lat = _number(sent, "lon", -180, 180), _number(sent, "lat", -90, 90)
    return Entry(
        uid, sent.get("item", "")[:40], sent.get("verdict", "")[:8], at, sent.get("note", ""), due,
        None if lat is None else lon, None if lon is None else lat, _number(sent, "accuracy", 0, 1e6), tuple(photographs),
    )  # fmt: skip


def _number(sent: Any, name: str, least: float, most: float) -> float | None:
    text = sent.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise InputError(_("定位格式不对"), where=name)
    return value


def answer(visit: Visit, user: Any, entry: Entry) -> tuple[CheckAnswer, bool]:
    """Keep an answer; whether it is new (False: it had come already, and nothing was done). What is not met becomes a
    hazard of the subject; corrected to met, the hazard is withdrawn unless somebody has acted on it.

    Raises PermissionDenied for who does not go there, ConflictError when the visit is over or the uid is another's,
    InputError for what is no answer.
    """
    with transaction.atomic():
        found = VISITS.locked(visit.pk)
        if not (goes(user, found) or runs(user, found.draw)):
            raise PermissionDenied
        known = CheckAnswer.objects.filter(uid=entry.uid).select_related("item", "hazard").first()
        if known is not None:
            if known.visit_id != found.pk or known.by_id != user.pk:
                raise ConflictError(_("这个标识已被其他记录使用"), where=str(entry.uid))
            return known, False
        if found.draw.state != DrawState.OPENED or found.replaced_because:
            raise ConflictError(_("抽查不在检查中，不能再改"), where=found.title)
        item = CheckItem.objects.filter(code=entry.item).first()
        if item is None or entry.verdict not in Verdict.values:
            raise InputError(_("检查表中没有这一项，或没有选择判定"), where=entry.item)
        note = " ".join(entry.note.split())
        if len(note) > 500 or (entry.verdict == Verdict.NOT_MET and len(note) < 2):
            raise InputError(_("不符合的请写明情况（500 字以内）"), where=item.text)
        now = timezone.now()
        if entry.at > now + AHEAD:
            raise InputError(_("手机时间比平台慢得太多，请校准后重填"), where=item.text)
        last = newest(found).get(item.pk)
        made = CheckAnswer(
            uid=entry.uid, visit=found, item=item, verdict=entry.verdict, note=note, by=user, answered_at=entry.at,
            received_at=now, lon=entry.lon, lat=entry.lat, accuracy=entry.accuracy, simulated=found.simulated,
            evidence=[
                {"file": file.name, "sha256": file.sha256, "exif": exif_of(file.data)} for file in entry.photographs
            ],
        )  # fmt: skip
        made.hazard = _hazard(made, last, user, entry)
        made.save()
        attach(made, entry.photographs, user, at=now)
        VISITS.log(user, "answered", found, item=item.code, verdict=entry.verdict, uid=str(entry.uid))
    return made, True


def _hazard(made: CheckAnswer, last: CheckAnswer | None, user: Any, entry: Entry) -> Hazard | None:
    """The hazard that the answer makes, keeps or withdraws."""
    before = last.hazard if last is not None else None
    alive = before is not None and before.state != HazardState.VOID
    if made.verdict == Verdict.NOT_MET:
        return before if alive else _new_hazard(made, user, entry)
    if before is not None and before.state == HazardState.OPEN and not before.measures and before.round == 1:
        before.state, before.rechecked = (
            HazardState.VOID,
            _("检查人员更正为“%(v)s”") % {"v": made.get_verdict_display()},
        )
        before.rechecked_by, before.rechecked_at = user, made.received_at
        before.save()
        return None
    return before if alive else None


def _new_hazard(made: CheckAnswer, user: Any, entry: Entry) -> Hazard:
    visit, item = made.visit, made.item
    hazard = Hazard(
        organisation=visit.organisation, area=visit.organisation.area, title=f"{item.text}：{made.note}"[:300], item=item,
        found=Found.INSPECTION, found_at=made.received_at, found_by=user, grade=item.grade, grade_basis=item.source,
        due_on=entry.due, lon=made.lon, lat=made.lat, visit=visit, simulated=made.simulated,
    )  # fmt: skip
    return report(hazard, user, entry.photographs, entitled=True)


def sheet(visit: Visit, day: dt.date) -> Iterable[dict[str, Any]]:
    """The lists with their items and the answers so far, as the phone keeps them."""
    known, lists = newest(visit), lists_for(visit.organisation, day)
    prefetch_related_objects(lists, Prefetch("items", alive_on(CheckItem.objects.all(), day)))
    for one in lists:
        yield {
            "code": one.code,
            "name": one.name,
            "items": [
                {
                    "code": item.code,
                    "text": item.text,
                    "source": item.source,
                    "grade": str(item.get_grade_display()),
                    "verdict": known[item.pk].verdict if item.pk in known else "",
                    "note": known[item.pk].note if item.pk in known else "",
                }
                for item in one.items.all()
            ],
        }
