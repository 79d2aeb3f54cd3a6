"""What people enter by hand of a parcel's use stands beside what the rules find, for and against."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from qiangqu.base.errors import InputError
from qiangqu.domains.land import desk, idle
from qiangqu.domains.land.evidence import enter_evidence, withdraw_evidence
from qiangqu.domains.land.models import Clue, Evidence, LandContract
from qiangqu.ui.desk import Look

TODAY = timezone.localdate()


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


@pytest.fixture
def late(land: dict[str, Any]) -> dict[str, Any]:
    LandContract.objects.create(number="HT-2", parcel=land["parcels"]["P2"], valid_from=ago(900), start_by=ago(800))
    return land


def found() -> dict[str, idle.Found]:
    return {one.rule: one for one in idle.find(LandContract.objects.select_related("parcel"), TODAY)}


def enter(land: dict[str, Any], days: int, shows: str, kind: str = "imagery", **more: str) -> Evidence:
    return enter_evidence(land["parcels"]["P2"], land["people"]["zone"], kind, ago(days), "GF2 景号 1", shows, **more)


def test_each_finding_says_what_is_there_and_what_is_missing(late: dict[str, Any]) -> None:
    assert ("施工许可", "没有登记", "") in found()["not_started"].evidence
    enter(late, 30, "", kind="permit")
    enter(late, 20, "building", built_share="12.5")
    told = found()["not_started"].evidence
    assert ("施工许可", "没有登记", "") not in told
    assert ("影像", f"{ago(20)} 在施工 已动工面积占比 12.5 %", "GF2 景号 1") in told
    assert ("相反的情况", "最近一次看到在使用：先核对开工登记", "GF2 景号 1") in told


def test_twice_seen_empty_half_a_year_apart_is_a_clue(late: dict[str, Any]) -> None:
    enter(late, 200, "vacant")
    assert "seen_vacant" not in found(), "once is not enough"
    second = enter(late, 21, "vacant")
    assert "seen_vacant" not in found(), "179 days apart"
    enter(late, 20, "unused", kind="visit")
    assert "seen_vacant" in found()
    enter(late, 5, "working", kind="visit")
    assert "seen_vacant" not in found(), "the newest says otherwise"
    newest = Evidence.objects.first()
    assert newest is not None
    withdraw_evidence(late["parcels"]["P2"], late["people"]["zone"], newest.pk, "看错了宗地")
    assert "seen_vacant" in found() and Evidence.objects.count() == 4
    with pytest.raises(InputError):
        withdraw_evidence(late["parcels"]["P1"], late["people"]["zone"], second.pk, "别的宗地")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"kind": "rumour"}, "请选择来源"),
        ({"day": str(TODAY + dt.timedelta(days=1))}, "不晚于今天"),
        ({"shows": ""}, "请填写所见情况"),
        ({"built_share": "101"}, "不能超过 100"),
        ({"invested": "-1"}, "不小于 0"),
        ({"source": " "}, "请填写出处"),
    ],
)
def test_what_is_no_finding_is_refused(late: dict[str, Any], sent: dict[str, str], said: str) -> None:
    client = Client()
    client.force_login(late["people"]["zone"])
    page = reverse("land-parcel-act", args=[late["parcels"]["P2"].pk, "enter-evidence"])
    given = {"kind": "imagery", "day": str(TODAY), "shows": "vacant", "source": "景号"} | sent
    assert said in client.post(page, given).content.decode() and not Evidence.objects.exists()
    client.force_login(late["people"]["neighbour"])
    assert client.post(page, given | {"kind": "imagery"}).status_code == 404


def test_the_desk_tells_of_what_is_taken_up_and_groups_what_waits(late: dict[str, Any]) -> None:
    for code in ("P1", "P3"):
        LandContract.objects.create(
            number=f"HT-{code}", parcel=late["parcels"][code], valid_from=ago(900), start_by=ago(700)
        )
    idle.refresh(TODAY)
    Clue.objects.filter(parcel__code="P1").update(state="investigated", due_on=ago(1))
    card = desk.clues(Look(late["people"]["zone"], late["areas"]["Z1"], None, timezone.now()))
    assert card is not None
    assert [(line.text, line.word, line.tone) for line in card.lines] == [
        ("甲厂", "调查中", "red"),
        ("超过约定开工日期一年未动工", "2 宗", "amber"),
    ]
    assert [figure.value for figure in card.figures] == ["1", "1", "2"]
    client = Client()
    client.force_login(late["people"]["zone"])
    listed = strip_tags(client.get(card.lines[1].url).content.decode())
    assert "P2" in listed and "P3" in listed and "P1" not in listed
