"""Siting: points from registers and files, solved at the optimum beside the brute force, a site moved, scenarios compared
and proposed; hostile points, a network cut in two, a calculation that is stopped."""

import datetime as dt
import itertools
import time
from typing import Any

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.domains.emergency.models import EmergencyPlace, Scenario
from qiangqu.domains.emergency.siting import moving, planning, solving
from qiangqu.domains.emergency.siting.points import MOST_DEMAND, gathered, read_file, unpacked
from qiangqu.messaging.models import Message
from qiangqu.ui.background import JobStatus

from .conftest import COMMON, line, network, signed_in


def candidates(world: dict[str, Any], *lons: float, room: int | None = None) -> None:
    for n, lon in enumerate(lons):
        EmergencyPlace.objects.create(
            code=f"C{n}",
            name=f"备选{n}",
            kind="candidate",
            area=world["areas"]["Z1"],
            lon=lon,
            lat=38.0,
            room=room,
            **COMMON,
        )


def made(world: dict[str, Any], **more: Any) -> Scenario:
    """A scenario of the zone, not yet solved."""
    kept = {
        name: more.pop(name)
        for name in ("keep_kinds", "candidate_kinds", "demand_file", "candidate_file")
        if name in more
    }
    first = {"title": "消防站选址", "area": world["areas"]["Z1"], "model": "cover_most", "p": 1, "standard": 3.0}
    one = Scenario(**(first | more))
    return planning.make(one, world["people"]["zone"], **({"candidate_kinds": ["candidate"]} | kept))


def solved(world: dict[str, Any], **more: Any) -> Scenario:
    one = made(world, **more)
    assert solving.SITINGS.run(one.pk)
    one.refresh_from_db()
    return one


@pytest.mark.parametrize("model", ["p_median", "p_centre", "cover_most", "cover_all", "cover_twice", "capacitated"])
def test_each_model_finds_what_trying_all_finds(world: dict[str, Any], model: str) -> None:
    candidates(world, 106.005, 106.02, 106.03, 106.045, room=1500)
    standard = 8.0 if model == "cover_twice" else 4.0
    one = solved(world, model=model, p=2, standard=standard)
    assert one.status == JobStatus.READY and one.error == "", one.error
    result = one.result
    assert result["proven"] and "直线" in one.basis
    points, table = unpacked(bytes(one.points)), solving.unpack_table(bytes(one.table))
    sizes = range(1, 5) if model == "cover_all" else (2,)
    values = {}
    for size in sizes:
        for chosen in itertools.combinations(range(4), size):
            part = table[:, list(chosen)]
            best, weights = part.min(1), points.weights
            if model in ("p_median", "capacitated"):
                values[chosen] = float(weights @ best)
            elif model == "p_centre":
                values[chosen] = float(best.max())
            elif model == "cover_most":
                values[chosen] = -float(weights[best <= standard].sum())
            elif model == "cover_all":
                values[chosen] = float(size) if (best <= standard).all() else np.inf
            else:
                fine = (best <= standard).all()
                values[chosen] = -float(weights[(part <= standard).sum(1) > 1].sum()) if fine else np.inf
    least = min(values.values())
    found = [site["candidate"] for site in result["sites"]]
    if model == "capacitated":  # the rooms bind: what is nearest is full
        assert result["value"] >= least - 1e-6 and len(found) == 2
    else:
        assert values[tuple(sorted(found))] == pytest.approx(least)
    assert result["bound"] == pytest.approx(result["value"])
    if model != "cover_all":
        assert {row["p"] for row in result["beside"]} <= {1, 3}


def test_what_exists_stays_and_the_new_site_stands_where_it_covers_most(world: dict[str, Any]) -> None:
    candidates(world, 106.03, 106.3)
    one = solved(world, p=3, keep_kinds=["depot"])
    sites = one.result["sites"]
    assert [(site["name"], site["kept"]) for site in sites] == [("近库", True), ("远库", True), ("备选0", False)]
    assert one.result["figures"]["share"] > 0


def test_a_moved_site_is_seen_at_once_and_kept_beside(world: dict[str, Any]) -> None:
    candidates(world, 106.005, 106.06)
    one = solved(world, p=1)
    at = moving.held(one)
    every = moving.seen(one, "0")["figures"], moving.seen(one, "1")["figures"]
    best = max(every, key=lambda figures: figures["share"])
    assert one.result["figures"]["share"] == best["share"]
    free = moving.seen(one, "106.045,38.0")
    assert free["figures"]["share"] > best["share"]  # between the candidates it covers more than at any of them
    assert len(free["minutes"]) == len(at.points.demand)
    made_ = planning.save_moved(one, world["people"]["zone"], "106.045,38.0", "移到中间")
    assert made_.parent == one and made_.result["figures"] == free["figures"]
    assert [other.title for other in planning.related_to(one, world["people"]["zone"])] == ["移到中间", "消防站选址"]
    for wrong in ("", "7", "38.0,106.0", "nan,38", "106", "|".join(["0"] * 300)):
        with pytest.raises(InputError):
            moving.seen(one, wrong)


def test_a_network_cut_in_two_is_said(world: dict[str, Any]) -> None:
    network(line((106.0, 38.0), (106.025, 38.0)), line((106.0301, 38.0), (106.06, 38.0)))
    candidates(world, 106.0)
    for model in ("p_median", "p_centre", "cover_all", "cover_twice"):
        one = solved(world, model=model, p=1, standard=30.0)
        if model == "cover_twice":
            continue
        assert one.status == JobStatus.READY, one.error
        assert one.result["figures"]["unreached"] == 3 and "试验路网" in one.basis
        assert any("不可达" in note and "目标3" in note for note in one.notes)
        assert one.result["unreached"] == ["目标3", "目标4", "目标5"]
    shown = signed_in(world["people"]["zone"]).get(reverse("siting", args=[one.pk])).content.decode()
    assert "不可达" in shown


def test_no_way_at_all_is_a_sentence(world: dict[str, Any]) -> None:
    network(line((120.0, 30.0), (120.1, 30.0)))
    candidates(world, 106.0)
    one = solved(world)
    assert one.status == JobStatus.FAILED and "备选站址到所有需求点都不可达" in one.error


def test_what_cannot_be_covered_is_a_sentence(world: dict[str, Any]) -> None:
    candidates(world, 106.0, room=10)
    one = solved(world, model="capacitated", p=1)
    assert one.status == JobStatus.FAILED and "容量" in one.error


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("名称,经度,纬度\nx,nan,38\n", "第2行"),
        ("名称,经度,纬度\nx,38,106\n", "颠倒"),
        ("名称,经度,纬度,权重\nx,106,38,-1\n", "10 亿"),
        ("名称,经度,纬度,权重\nx,106,38,inf\n", "不是数字"),
        ("名称,经度,纬度\nx,106,\n", "不是数字"),
        ("名称,x,y\nx,1,2\n", "列名"),
        ("名称,经度,纬度\n", "没有一行"),
        ("", "空的"),
        ("名称,经度,纬度\nx,36500000,4250000\n", "投影坐标"),
    ],
)
def test_hostile_points_are_refused_with_their_row(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_file(text.encode("utf-8"), "需求点文件")


def test_a_hundred_thousand_points_are_gathered_and_solved(world: dict[str, Any]) -> None:
    random = np.random.default_rng(5)
    places = np.round(random.uniform((105.9, 37.9), (106.2, 38.2), (100_000, 2)), 6)
    text = "lon,lat,weight\n" + "\n".join(f"{lon},{lat},1" for lon, lat in places)
    candidates(world, 105.95, 106.05, 106.15)
    began = time.process_time()
    one = solved(world, model="p_median", p=2, demand_file=text.encode(), seconds=30)
    spent = time.process_time() - began
    points = unpacked(bytes(one.points))
    assert one.status == JobStatus.READY and len(points.names) <= MOST_DEMAND
    assert points.weights.sum() == pytest.approx(100_000)
    assert any("100,000" in note and "米的方格" in note for note in one.notes)
    assert spent < 30, spent
    moving.seen(one, "0|1")
    begun = time.process_time()
    moving.seen(one, "106.01,38.01|1")
    assert time.process_time() - begun < 0.3


def test_all_at_one_place_and_weights_of_nothing() -> None:
    same = [("x", 106.0, 38.0, 0.0, None)] * 5
    points, notes = gathered(same, [], [("c", 106.0, 38.0, None, None)])
    assert points.weights.sum() == 5 and "全为 0" in notes[0]
    with pytest.raises(InputError, match="没有需求点"):
        gathered([], [], [("c", 106.0, 38.0, None, None)])
    with pytest.raises(InputError, match="没有备选站址"):
        gathered(same, [], [])
    with pytest.raises(InputError, match="最多"):
        gathered(same, [], [("c", 106.0 + n / 1e4, 38.0, None, None) for n in range(1001)])


def test_a_calculation_is_stopped_and_begun_again(world: dict[str, Any]) -> None:
    candidates(world, 106.005, 106.02)
    one = made(world)
    planning.stop(one, world["people"]["zone"])
    assert not solving.SITINGS.run(one.pk)
    planning.restart(one, world["people"]["zone"], 5)
    assert solving.SITINGS.run(one.pk)
    one.refresh_from_db()
    assert one.status == JobStatus.READY and one.seconds == 5


def test_a_running_program_is_ended(world: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    candidates(world, 106.005, 106.02)
    one = made(world)
    monkeypatch.setattr(
        solving, "PROGRAM", "http.server"
    )  # one that never ends; given the file it refuses and ends at once

    class Endless:
        """A program that is not done whenever it is looked at."""

        returncode = None

        def wait(self, timeout: float | None = None) -> int:
            if timeout is None:
                return 0
            Scenario.objects.filter(pk=one.pk).update(status=JobStatus.FAULTY)
            raise solving.subprocess.TimeoutExpired("x", timeout)

        def kill(self) -> None:
            self.returncode = -9

    program = Endless()
    monkeypatch.setattr(solving.subprocess, "Popen", lambda *_a, **_k: program)
    assert solving.SITINGS.run(one.pk)
    one.refresh_from_db()
    assert program.returncode == -9 and one.status == JobStatus.FAULTY and not one.result


def test_a_proposal_is_told_and_becomes_a_task(world: dict[str, Any]) -> None:
    candidates(world, 106.005, 106.045)
    one, people = solved(world), world["people"]
    with pytest.raises(PermissionDenied):
        planning.propose(one, people["neighbour"], "覆盖最多")
    planning.propose(one, people["zone"], "覆盖最多")
    one.refresh_from_db()
    assert one.status == JobStatus.DONE and one.proposed_at is not None
    assert Message.objects.filter(user=people["planner"], subject="选址建议：消防站选址").exists()
    proposal = planning.proposal_at(people["planner"], str(one.pk))
    assert proposal.subject == f"siting:{one.pk}" and one.result["sites"][0]["name"] in proposal.requirement
    assert proposal.deadline > timezone.localdate() - dt.timedelta(days=1)


def test_the_pages(world: dict[str, Any]) -> None:
    candidates(world, 106.005, 106.045)
    zone = signed_in(world["people"]["zone"])
    assert "直线距离" in zone.get(reverse("siting-new")).content.decode()
    sent = {
        "title": "甲", "area": world["areas"]["Z1"].pk, "model": "p_median", "p": "1", "standard": "8", "weighting": "people", "seconds": "10",
        "candidate_kinds": ["candidate"],
    }  # fmt: skip
    for wrong, said in (
        ({"p": "9"}, "站点数应在 1—2"),
        ({"standard": "nan"}, "数字"),
        ({"candidate_kinds": ["medical"]}, "没有备选站址"),
        ({"demand_file": SimpleUploadedFile("d.csv", "经度,纬度\n38,106\n".encode())}, "颠倒"),
    ):
        refused = zone.post(reverse("siting-new"), sent | wrong)
        assert refused.status_code == 422 and said in refused.content.decode(), (
            wrong,
            refused.content.decode()[-3000:],
        )
    assert zone.post(reverse("siting-new"), sent).status_code == 302
    one = Scenario.objects.get()
    page = reverse("siting", args=[one.pk])
    assert "停止计算" in zone.get(page).content.decode()
    assert zone.get(reverse("siting-progress", args=[one.pk])).status_code == 200
    assert zone.get(reverse("siting-map", args=[one.pk])).status_code == 422
    solving.SITINGS.run(one.pk)
    assert zone.get(reverse("siting-progress", args=[one.pk])).headers["HX-Refresh"] == "true"
    shown = zone.get(page).content.decode()
    assert "已证明最优" in shown and "增减一个站点" in shown
    drawn = zone.get(reverse("siting-map", args=[one.pk])).json()
    assert len(drawn["demand"]) == len(drawn["minutes"]) == 6 and len(drawn["candidates"]) == 2
    assert zone.get(reverse("siting-seen", args=[one.pk]), {"sites": "1"}).json()["figures"]["unreached"] == 0
    assert zone.get(reverse("siting-seen", args=[one.pk]), {"sites": "x"}).status_code == 422
    moved = zone.post(reverse("siting-act", args=[one.pk, "save-moved"]), {"sites": "106.02,38.0", "title": "乙"})
    assert moved.status_code == 302 and Scenario.objects.filter(title="乙", model="by_hand").exists()
    neighbour = signed_in(world["people"]["neighbour"])
    for name in ("siting", "siting-map", "siting-seen", "siting-progress"):
        assert neighbour.get(reverse(name, args=[one.pk])).status_code == 404, name
    assert zone.get(reverse("sitings")).content.decode().count("甲") >= 1


def test_the_roads_under_the_map(world: dict[str, Any]) -> None:
    zone = signed_in(world["people"]["zone"])
    address = reverse("emergency-roads")
    assert zone.get(address, {"within": "105,37,107,39"}).json() == {"lines": []}
    network(line((106.0, 38.0), (106.001, 38.0)), line((120.0, 30.0), (120.001, 30.0)))
    assert zone.get(address, {"within": "105,37,107,39"}).json() == {"lines": [[[106.0, 38.0], [106.001, 38.0]]]}
    for wrong in ("", "1,2,3", "a,b,c,d"):
        assert zone.get(address, {"within": wrong}).status_code == 422
    assert zone.get(address, {"within": "nan,nan,nan,nan"}).json() == {"lines": []}
