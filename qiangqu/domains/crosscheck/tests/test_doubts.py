"""From facts to a doubt, and from the doubt to what was found out; who sees it when."""

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period, month
from qiangqu.base.visibility import visible
from qiangqu.domains.crosscheck import finding, handling
from qiangqu.domains.crosscheck.models import Doubt, DoubtState, Run
from qiangqu.domains.crosscheck.words import precision, reason
from qiangqu.facts.models import BatchKind, Element
from qiangqu.facts.store import ingest
from qiangqu.messaging.models import Message
from qiangqu.registry.models import Organisation
from qiangqu.registry.tests import factories

FIRMS, MONTHS, CHEAT = 60, 30, 7
CODES = ("gross_output", "metered_electricity", "metered_water", "freight_dispatched")


def periods(last: Period) -> list[Period]:
    found = [last]
    while len(found) < MONTHS:
        found.insert(0, found[0].previous())
    return found


@pytest.fixture
def node(db: None) -> dict[str, Any]:
    """Sixty enterprises with three meters; one reports 25 % too much for eight months."""
    areas = factories.tree()
    people = factories.users(areas)
    today = timezone.localdate()
    months = periods(month(today.year, today.month).previous())
    firms = [factories.enterprise(areas["Z1" if n % 2 else "Z3"], n, f"厂{n}") for n in range(FIRMS)]
    Organisation.objects.update(industry_code="2614")
    elements = [
        Element.objects.create(code=code, name=code, unit="万千瓦时" if "electricity" in code else "亿元", kind="flow", aggregation="sum", decimals=4)
        for code in CODES
    ]  # fmt: skip
    random = np.random.default_rng(2)
    volume = random.normal(1, 0.5, (FIRMS, 1)) + random.normal(0, 0.12, (FIRMS, MONTHS))
    values = [np.exp(volume + random.normal(0, 0.01, volume.shape))]
    values += [np.exp(0.8 * volume + random.normal(0, 0.02, volume.shape)) for _code in CODES[1:]]
    values[0][CHEAT, -8:] *= 1.25
    keys = np.array([one.key for one in months])
    row, column = (one.ravel() for one in np.indices(volume.shape))
    ids = np.array([one.pk for one in firms])
    ingest(
        pa.table({
            "element": np.repeat([one.pk for one in elements], row.size).astype(np.int32),
            "subject_kind": np.full(row.size * len(CODES), 2, np.int8),
            "subject_id": np.tile(ids[row], len(CODES)).astype(np.int32),
            "period_key": np.tile(keys[column], len(CODES)).astype(np.int32),
            "value": np.concatenate([one.ravel() for one in values]).round(4),
        }),
        key="all", kind=BatchKind.IMPORT, simulated=True,
    )  # fmt: skip
    people["owner"] = factories.user("enterprise", areas["Z1"], "owner", organisation=firms[CHEAT])
    return {"firms": firms, "people": people, "months": months}


def found(node: dict[str, Any]) -> Doubt:
    assert "新疑点" in finding.refresh(timezone.now())
    return Doubt.objects.get(organisation=node["firms"][CHEAT], what="over")


def test_a_run_finds_the_cheat_once(node: dict[str, Any]) -> None:
    one = found(node)
    assert one.gap == pytest.approx(np.log(1.25), abs=0.06) and one.simulated
    assert one.last >= node["months"][-4].code and set(one.agree) == {"energy", "water", "freight"}
    assert "高约" in reason(one) and "用水 +2" in reason(one)
    assert len(one.course["x"]) == MONTHS and one.course["expected"][-1] < one.course["reported"][-1]
    assert Doubt.objects.count() <= 5
    assert finding.refresh(timezone.now()) == "" and Run.objects.count() == 1
    count = Doubt.objects.count()
    finding.run(timezone.localdate(), timezone.now(), 0)
    assert Doubt.objects.count() == count


def test_what_was_found_out_counts(node: dict[str, Any]) -> None:
    one, people = found(node), node["people"]
    handling.take(one, people["zone"], until=timezone.localdate() + dt.timedelta(days=5))
    with pytest.raises(InputError):
        handling.confirm(one, people["zone"], reason=" ")
    handling.confirm(one, people["zone"], reason="多报销售外购产品")
    one.refresh_from_db()
    assert one.state == DoubtState.TRUE and one.owner == people["zone"]
    assert ("高于仪表推算", 1, 1) in precision(Doubt.objects.all())
    finding.run(timezone.localdate(), timezone.now(), 0)  # its months are no longer judged
    assert Doubt.objects.filter(organisation=one.organisation).count() == 1


def test_the_enterprise_sees_it_once_it_was_asked(node: dict[str, Any], client: Client) -> None:
    one, people = found(node), node["people"]
    owner, page = people["owner"], reverse("crosscheck-doubt", args=[one.pk])
    assert not visible(Doubt.objects.all(), owner).exists()
    client.force_login(owner)
    assert client.get(page).status_code == 404 and client.get(reverse("crosscheck-doubts")).status_code == 403
    handling.ask(one, people["zone"], question="请说明三季度产值")
    assert Message.objects.filter(user=owner).count() == 1
    assert "请说明三季度产值" in client.get(page).content.decode()
    answered = client.post(reverse("crosscheck-doubt-act", args=[one.pk, "answer"]), {"text": "新增了外协"})
    assert answered.status_code == 302
    refused = client.post(reverse("crosscheck-doubt-act", args=[one.pk, "dismiss"]), {"reason": "没有问题"})
    assert refused.status_code == 403
    one.refresh_from_db()
    assert "新增了外协" in one.answer and one.state == DoubtState.ASKED


def test_pages_and_json(node: dict[str, Any], client: Client) -> None:
    one = found(node)
    client.force_login(node["people"]["neighbour"])
    assert client.get(reverse("crosscheck-doubt", args=[one.pk])).status_code == 404
    client.force_login(node["people"]["planner"])
    page = client.get(reverse("crosscheck-doubts")).content.decode()
    assert str(one.organisation) in page and "准确率未知" in page
    assert "仪表推算" in client.get(reverse("crosscheck-doubt", args=[one.pk])).content.decode()
    body = client.get(f"/api/v1/crosscheck/doubts/{one.pk}").json()
    assert body["what"] == "over" and body["course"]["x"][-1] == node["months"][-1].code
    done = client.post(
        f"/api/v1/crosscheck/doubts/{one.pk}/dismiss", {"reason": "产品换代"}, content_type="application/json"
    )
    assert done.status_code == 200 and done.json()["state"] == "false"


def test_a_partner_elsewhere_is_named_without_a_link(node: dict[str, Any]) -> None:
    one = found(node)
    here, elsewhere = node["firms"][1], node["firms"][0]
    Doubt.objects.filter(pk=one.pk).update(agree=one.agree | {"partners": [here.pk, elsewhere.pk]})
    client = Client()
    client.force_login(node["people"]["zone"])
    page = client.get(reverse("crosscheck-doubt", args=[one.pk])).content.decode()
    links = [reverse("organisations-detail", args=[firm.pk]) for firm in (here, elsewhere)]
    assert [f'href="{link}"' in page for link in links] == [True, False]
    assert [client.get(link).status_code for link in links] == [200, 404]
    assert str(elsewhere) in page
