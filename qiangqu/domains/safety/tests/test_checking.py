"""Check-lists on a visit: repeats are known, what is not met becomes a hazard, EXIF is kept and not believed."""

import datetime as dt
import io
import json
import random
import struct
import uuid
import zlib
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.domains.safety import checking, drawing, hazards, visiting
from qiangqu.domains.safety.models.hazards import CheckAnswer, CheckItem, CheckList, Hazard
from qiangqu.domains.safety.models.inspections import Visit
from qiangqu.domains.safety.terms import HazardState
from qiangqu.records.checking import checked
from qiangqu.registry.tests import factories

from .conftest import opened
from .test_hazards import item, picture
from .test_pages import signed_in


def photographed() -> bytes:
    """A photograph that says of itself where and when."""
    exif = Image.Exif()
    exif[0x0110] = "P40"
    exif[0x9003] = "2020:01:01 00:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 30.0, 0.0), 3: "E", 4: (106.0, 15.0, 36.0)})
    data = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(data, "JPEG", exif=exif)
    return data.getvalue()


@pytest.fixture
def sent(world: dict[str, Any]) -> dict[str, Any]:
    """An opened draw, a visit of the inspector with an account, an item."""
    draw = opened(world, rules={"team": 6, "max_load": 3, "quota": [["较大", 1]]})
    return world | {"draw": draw, "visit": draw.visits.get(), "item": item(), "who": world["people"]["sent"]}


def entry(world: dict[str, Any], verdict: str = "not_met", **more: Any) -> checking.Entry:
    first = {"uid": uuid.uuid4(), "item": "JC-1", "verdict": verdict, "at": timezone.now(), "note": "过期两具"}
    return checking.Entry(**(first | more))


def test_what_is_sent_twice_is_one(sent: dict[str, Any]) -> None:
    one = entry(sent, photographs=(checked("a.jpg", photographed()),), due=timezone.localdate(), lon=106.1, lat=38.2)
    made, new = checking.answer(sent["visit"], sent["who"], one)
    again, second = checking.answer(sent["visit"], sent["who"], one)
    assert new and not second and again.pk == made.pk and Hazard.objects.count() == 1
    hazard = Hazard.objects.get()
    assert hazard.organisation == sent["visit"].organisation and hazard.visit == sent["visit"]
    assert hazard.due_on == timezone.localdate() and hazard.found_by == sent["who"] and hazard.files.count() == 1
    assert made.evidence[0]["exif"] == {
        "Model": "P40", "DateTimeOriginal": "2020:01:01 00:00:00", "lat": 38.5, "lon": 106.26,
    }  # fmt: skip
    # the place and time of the record are the phone's and the node's, not the picture's
    assert (made.lon, made.lat) == (106.1, 38.2) and made.received_at.year != 2020
    with pytest.raises(ConflictError):
        checking.answer(sent["visit"], sent["people"]["planner"], one)


def test_a_correction_withdraws_what_nobody_acted_on(sent: dict[str, Any]) -> None:
    checking.answer(sent["visit"], sent["who"], entry(sent))
    kept, _new = checking.answer(sent["visit"], sent["who"], entry(sent, note="三具"))
    assert Hazard.objects.count() == 1 and kept.hazard == Hazard.objects.get()
    checking.answer(sent["visit"], sent["who"], entry(sent, "met"))
    assert Hazard.objects.get().state == HazardState.VOID
    checking.answer(sent["visit"], sent["who"], entry(sent))
    second = Hazard.objects.get(state=HazardState.OPEN)
    hazards.rectify(second, sent["people"]["zone"], "已换", [picture()])
    checking.answer(sent["visit"], sent["who"], entry(sent, "met"))
    second.refresh_from_db()
    assert second.state == HazardState.RECTIFIED
    assert CheckAnswer.objects.count() == 5 and len(checking.newest(sent["visit"])) == 1


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"note": ""}, InputError),
        ({"note": "x" * 501}, InputError),
        ({"item": "JC-9"}, InputError),
        ({"verdict": "maybe"}, InputError),
        ({"at": timezone.now() + dt.timedelta(hours=1)}, InputError),
        ({"due": dt.date(2020, 1, 1)}, InputError),
    ],
)
def test_what_is_no_answer_is_refused_whole(sent: dict[str, Any], wrong: dict[str, Any], error: type) -> None:
    with pytest.raises(error):
        checking.answer(sent["visit"], sent["who"], entry(sent, **wrong))
    assert not CheckAnswer.objects.exists() and not Hazard.objects.exists()


def test_only_who_goes_there_and_only_while_it_is_under_way(sent: dict[str, Any]) -> None:
    with pytest.raises(PermissionDenied):
        checking.answer(sent["visit"], sent["people"]["other"], entry(sent))
    visiting.enter(sent["visit"], sent["who"], "none", timezone.localdate())
    drawing.publish(sent["draw"], sent["people"]["planner"])
    with pytest.raises(ConflictError):
        checking.answer(sent["visit"], sent["who"], entry(sent))


def test_lists_of_the_trade_come_first(sent: dict[str, Any]) -> None:
    firm = sent["visit"].organisation
    firm.industry_code = "2614"
    for code, industry in (("L2", "26"), ("L3", "2614,2613"), ("L4", "31"), ("L5", "")):
        CheckList.objects.create(code=code, name=code, industry=industry, valid_from=factories.BORN)
    CheckList.objects.filter(code="L5").update(valid_to=dt.date(2021, 1, 1))
    assert [one.code for one in checking.lists_for(firm, timezone.localdate())] == ["L3", "L2", "L1"]
    CheckItem.objects.all().update(valid_to=dt.date(2021, 1, 1))
    assert [one["items"] for one in checking.sheet(sent["visit"], timezone.localdate()) if one["code"] == "L1"] == [[]]


def test_the_phone_page_and_its_entries(sent: dict[str, Any]) -> None:
    visit: Visit = sent["visit"]
    client, address = signed_in(sent["who"]), reverse("visit-entries", args=[visit.pk])
    assert "灭火器" in client.get(reverse("visit-check", args=[visit.pk])).content.decode()
    assert signed_in(sent["people"]["other"]).get(reverse("visit-check", args=[visit.pk])).status_code in (403, 404)
    form = {
        "kind": "answer",
        "uid": str(uuid.uuid4()),
        "item": "JC-1",
        "verdict": "not_met",
        "note": "过期",
        "at": timezone.now().isoformat(),
    }

    def photograph() -> SimpleUploadedFile:
        return SimpleUploadedFile("照片.jpg", photographed(), "image/jpeg")

    first = client.post(address, form | {"photographs": photograph()})
    again = client.post(address, form | {"photographs": photograph()})
    assert (first.status_code, again.status_code) == (201, 200) and again.json()["known"]
    assert first.json()["hazard"] == Hazard.objects.get().number
    for name, value in (
        ("uid", "x"),
        ("at", "gestern"),
        ("at", "2026-01-01T00:00:00"),
        ("lat", "91"),
        ("lon", "nan"),
        ("verdict", ""),
    ):
        refused = client.post(address, form | {"uid": str(uuid.uuid4())} | {name: value})
        assert refused.status_code == 422 and refused.json()["error"], name
    text = client.post(address, form | {"uid": str(uuid.uuid4()), "photographs": SimpleUploadedFile("a.jpg", b"no")})
    assert text.status_code == 422 and CheckAnswer.objects.count() == 1
    finish = {
        "kind": "finish",
        "uid": str(uuid.uuid4()),
        "on": timezone.localdate().isoformat(),
        "outcome": "rectify",
        "findings": "过期",
    }
    assert client.post(address, finish).json() == {"known": False}
    assert client.post(address, finish).json() == {"known": True}
    shown = client.get(reverse("visit", args=[visit.pk])).content.decode()
    assert "照片自述" in shown and "P40" in shown and Hazard.objects.get().number in shown


def test_more_lists_ask_the_database_no_more(sent: dict[str, Any]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            sheets = list(checking.sheet(sent["visit"], timezone.localdate()))
        assert all(len(one["items"]) == 1 for one in sheets)
        return len(queries)

    asked()  # reads along what is kept with the visit
    before = asked()
    for n in range(3):
        listed = CheckList.objects.create(code=f"M{n}", name=f"M{n}", valid_from=factories.BORN)
        for code, ends in (("now", None), ("over", dt.date(2021, 1, 1))):
            CheckItem.objects.create(
                code=f"M{n}-{code}", checklist=listed, text=code, source="x", valid_from=factories.BORN, valid_to=ends
            )
    assert asked() == before


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_hostile_photograph_says_nothing() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    for data in (b"", b"no picture", bomb, photographed()[:60]):
        assert checking.exif_of(data) == {}
    whole, chance = photographed(), random.Random(20261201)
    for _once in range(300):
        spoiled = bytearray(whole)
        for _byte in range(chance.randint(1, 6)):
            spoiled[chance.randrange(250)] = chance.randrange(256)
        found = checking.exif_of(bytes(spoiled))
        assert json.dumps(found, allow_nan=False) and all(len(str(value)) <= 80 for value in found.values())
