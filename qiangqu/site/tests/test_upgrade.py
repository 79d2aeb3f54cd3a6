"""A filled node of the last release is upgraded: no row is lost or altered, but where a change is declared
here with its reason.

The node is built by ``tools/build_release_fixture.py`` with the release's own code.
"""

import json
import os
import shutil
import sqlite3
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.db import connection as of_the_tests

from qiangqu.base.tests.homes import sqlite_tables
from qiangqu.base.tests.patience import PATIENCE
from qiangqu.base.tests.programs import ROOT, Program

from . import schemas

RELEASE = "0.1.0"
CHANGED: dict[str, str] = {
    "facts_factbatch.area_path": "the area itself (area_id), compared below",
    "environment_channel.area_path": "that of its outlet or station, compared below",
    "registry_user.role": "his first post, compared below",
    "registry_user.area_id": "his first post, compared below",
    "registry_user.organisation_id": "his first post, compared below",
    "environment_channel.owner_id": "that of its outlet or station, compared below",
    "lake_segment.retired_at": "columns were a copy of the facts, and hold them now",
}
"""Columns (``table.column``) whose values a later migration means to change, and why. A column that is gone
is named here too.
"""
DERIVED = {*("formulas_indicatorvalue", "formulas_evaluationstate", "formulas_mirroredbatch", "plan_targetforecast")}
"""Tables that are computed from others: a migration may empty them, to be computed anew."""
FRAMEWORK = {
    *("django_migrations", "django_content_type", "django_session", "sqlite_sequence", "sqlite_stat1"),
    *(
        "auth_permission",
        "auth_group",
        "auth_group_permissions",
        "registry_user_groups",
        "registry_user_user_permissions",
    ),
}
CORRECTED: dict[str, str] = {
    "T-19-02": "areas are counted only when each has a figure: the release counted where some had none",
    "T-19-03": "areas are counted only when each has a figure: the release counted where some had none",
}
"""Targets whose value the release got wrong, and why."""

ENCRYPTED = {
    *("cases_identity.data", "messaging_preference.robot_url", "messaging_preference.robot_secret"),
    *("telemetry_device.password", "telemetry_device.key", "telemetry_unknowndevice.password"),
    *("telemetry_alarmchannel.url", "telemetry_alarmchannel.secret"),
}
"""Columns that are encrypted since: compared opened, and never left in the clear."""

GONE = {
    "cases_attachment": "records_attachment, compared below",
    "office_documentfile": "records_attachment, compared below",
    "office_meetingfile": "records_attachment, compared below",
    "plan_evidence": "records_attachment, compared below",
    "cases_counter": "records_numberseries, compared below",
    "office_numberseries": "records_numberseries, compared below",
}
"""Tables that a migration has put together in another one, compared there."""
NEW = ("registry_post", "registry_node", "records_attachment", "records_numberseries")
"""Tables in which what has gone stands now."""

Rows = dict[str, dict[Any, dict[str, Any]]]


FILE_TABLES = {
    "cases_attachment": "/cases/case/{number}/files/{id}",
    "office_documentfile": "/documents/{document_id}/files/{id}",
    "office_meetingfile": "/meetings/{meeting_id}/files/{id}",
    "plan_evidence": "/plan/evidence/{id}",
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The node as the release left it."""
    home = tmp_path_factory.mktemp("released") / "node"
    with tarfile.open(Path(__file__).parent / "release" / f"{RELEASE}.tar.xz") as archive:
        archive.extractall(home, filter="data")
    more_files(home)
    return home


@pytest.fixture(scope="module")
def upgraded(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The node after its upgrade, which takes half a minute."""
    home = Path(shutil.copytree(released, tmp_path_factory.mktemp("upgraded") / "node"))
    qiangqu(home, "migrate", "-v0")
    return home


@pytest.fixture
def node(released: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(released, tmp_path / "node"))


@pytest.fixture
def new(upgraded: Path, tmp_path: Path) -> Path:
    """The upgraded node, to be changed."""
    return Path(shutil.copytree(upgraded, tmp_path / "node"))


def run(script: Path, *words: str, home: Path) -> str:
    """What the script says on the node, which has a key of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("QIANGQU_SECRET_KEY")
        program = Program(script, *words, home=home)
    code, said, complaints = program.finish(2 * PATIENCE)
    assert code == 0, complaints[-4000:]
    return said


def qiangqu(home: Path, *words: str) -> str:
    return run(ROOT / "manage.py" if words[0] == "migrate" else ROOT / "qiangqu" / "__main__.py", *words, home=home)


def sqlite_rows(path: Path) -> Rows:
    with sqlite3.connect(path) as database:
        database.row_factory = sqlite3.Row
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {t: _by_key([dict(r) for r in database.execute(f'SELECT * FROM "{t}"')]) for t in tables}


def more_files(home: Path) -> None:
    """Further files of the first record in each table of files, with gaps in their numbers, as where files were
    deleted.
    """
    with sqlite3.connect(home / "qiangqu.sqlite3") as database:
        database.row_factory = sqlite3.Row
        for table in FILE_TABLES:
            row = dict(database.execute(f"SELECT * FROM {table} ORDER BY id LIMIT 1").fetchone())
            for gap in (7, 9):
                one = row | {"id": row["id"] + gap, "name": f"{table} {gap}.pdf"}
                marks = ", ".join("?" * len(one))
                database.execute(f"INSERT INTO {table} ({', '.join(one)}) VALUES ({marks})", list(one.values()))


def moved(before: Rows, after: Rows) -> None:
    """What has gone from a column of its own into a relation says the same there."""
    paths = {pk: row["path"] for pk, row in after["registry_area"].items()}
    for pk, row in before["facts_factbatch"].items():
        assert paths[after["facts_factbatch"][pk]["area_id"]] == row["area_path"]
    for pk, row in before["registry_auditentry"].items():
        assert paths[after["registry_auditentry"][pk]["area_id"]] == row["area_path"]
    for row in before["environment_channel"].values():
        outlet, station = (
            after["environment_outlet"].get(row["outlet_id"]),
            after["environment_station"].get(row["station_id"]),
        )
        owner = outlet["enterprise_id"] if outlet else (station or {})["organisation_id"]
        area = after["registry_organisation"][owner]["area_id"] if outlet else (station or {})["area_id"]
        assert (paths[area], owner) == (row["area_path"], row["owner_id"])
    posts = {row["user_id"]: row for row in after["registry_post"].values()}
    assert (
        len(posts) == len(after["registry_post"]) == sum(bool(row["role"]) for row in before["registry_user"].values())
    )
    files_and_numbers(before, after)
    for pk, row in before["registry_user"].items():
        if not row["role"]:
            continue
        post = posts[pk]
        firm = after["registry_organisation"].get(post["organisation_id"])
        area = firm["area_id"] if firm and post["role"] == "enterprise" else post["area_id"]
        assert (post["role"], area, post["organisation_id"]) == (row["role"], row["area_id"], row["organisation_id"])
        assert str(post["valid_from"]) <= str(row["date_joined"])[:10] and post["valid_to"] is None


def files_and_numbers(before: Rows, after: Rows) -> None:
    """Every file of the four tables is a file of the same record, by the same person; the series go on where
    they were.
    """
    said: list[tuple[Any, ...]] = []
    for table, owner in (
        ("cases_attachment", "case"), ("office_documentfile", "document"), ("office_meetingfile", "meeting"), ("plan_evidence", "report"),
    ):  # fmt: skip
        for row in before[table].values():
            given = before["plan_progressreport"][row["report_id"]] if owner == "report" else {}
            by = given["reported_by_id"] if owner == "report" else row["by_id"]
            about = f"step:{row['step_id']}" if row.get("step_id") else ""
            said.append((row[f"{owner}_id"], about, row["name"], row["content_type"], row["size"], row["sha256"], by))
    names = ("owner_id", "about", "name", "content_type", "size", "sha256", "by_id")
    assert sorted(map(str, said)) == sorted(
        str(tuple(r[n] for n in names)) for r in after["records_attachment"].values()
    )
    last = {(row["series"], row["year"]): row["last"] for row in after["records_numberseries"].values()}
    for row in before["cases_counter"].values():
        prefix, _dash, year = row["key"].rpartition("-")
        assert last.pop((f"case:{prefix}", int(year))) == row["last"]
    assert last == {
        ("document:1:模厅发", 2026): 1, ("document:3:模管发", 2026): 1, ("receipt:3", 2026): 3, ("archive:M003:D30", 2025): 1,
    }  # fmt: skip


def named(after: Rows) -> None:
    """Every row that may leave the node has got its name there; the node is named after the top of its
    tree.
    """
    assert [(row["code"], row["name"]) for row in after["registry_node"].values()] == [("64", "宁夏回族自治区")]
    travelling = {table: rows for table, rows in after.items() if rows and "uid" in next(iter(rows.values()))}
    assert {"cases_case", "facts_factbatch", "facts_source", "office_document", "telemetry_alarm"} <= set(travelling)
    for table, rows in travelling.items():
        uids = [uuid.UUID(str(row["uid"])) for _pk, row in sorted(rows.items())]
        # files come together from four tables, each with its own
        rising = sorted(set(uids), key=uids.index) if table == "records_attachment" else sorted(set(uids))
        assert uids == rising, f"{table}: uids rise with the ids of the rows that were there"
        assert {one.version for one in uids} == {7} and {row["origin_id"] for row in rows.values()} == {1}, table
    numbers: dict[int, list[int]] = {}
    for _pk, fact in sorted(after["facts_fact"].items()):
        numbers.setdefault(fact["batch_id"], []).append(fact["number"])
    for batch, given in numbers.items():
        assert given == list(range(1, after["facts_factbatch"][batch]["rows"] + 1))
    assert not any(row["names_node"] for row in after["registry_auditentry"].values()), "their hashes stay as they were"


def _by_key(rows: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """Rows by their primary key: the first column in all our tables."""
    return {next(iter(row.values())): row for row in rows}


def opened(rows: Rows, home: Path) -> Rows:
    """``rows`` with what is encrypted made readable by the node's own keys."""
    box = MultiFernet([Fernet(key) for key in (home / "field_keys").read_text().split()])

    def of(value: Any) -> Any:
        sealed = isinstance(value, str) and value.startswith("enc1:")
        return box.decrypt(value.removeprefix("enc1:").encode()).decode() if sealed else value

    return {t: {k: {c: of(v) for c, v in r.items()} for k, r in found.items()} for t, found in rows.items()}


def as_data(value: Any) -> Any:
    """JSON as what it says, however it is spelled."""
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value
    except json.JSONDecodeError:
        return value


def placed(facts: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """Facts by the ids that they have since: batch and number in it."""
    numbers: dict[int, int] = {}
    ids: dict[Any, int] = {}
    for old, row in sorted(facts.items()):
        numbers[row["batch_id"]] = numbers.get(row["batch_id"], 0) + 1
        ids[old] = (row["batch_id"] << 32) + numbers[row["batch_id"]]
    found: dict[Any, dict[str, Any]] = {}
    for old, row in facts.items():
        earlier = row.get("supersedes_id")
        found[ids[old]] = row | {"id": ids[old]} | ({"supersedes_id": ids[earlier]} if earlier is not None else {})
    return found


def losses(before: Rows, after: Rows, comparable: Any = as_data) -> list[str]:
    """What of ``before`` is not in ``after`` as it was."""
    found = []
    before = before | {"facts_fact": placed(before["facts_fact"])}
    for table, rows in before.items():
        if table in FRAMEWORK or table in DERIVED or table in GONE:
            continue
        if table not in after:
            found.append(f"{table} is gone")
            continue
        for key, row in rows.items():
            now = after[table].get(key)
            if now is None:
                found.append(f"{table} {key} is lost")
                continue
            for column, value in row.items():
                if f"{table}.{column}" in CHANGED:
                    continue
                if column not in now or comparable(now[column]) != comparable(value):
                    found.append(f"{table}.{column} of {key}: {value!r} became {now.get(column, 'nothing')!r}")
    return found


def sealed(after: Rows) -> None:
    seen = set()
    for name in ENCRYPTED:
        table, column = name.split(".")
        kept = [row[column] for row in after[table].values() if row[column]]
        assert all(text.startswith("enc1:") for text in kept), f"{name} lies in the clear"
        seen |= {table} if kept else set()
    assert seen >= {"cases_identity", "messaging_preference", "telemetry_device"}


def test_an_upgraded_node_has_lost_nothing_and_says_the_same(released: Path, new: Path) -> None:
    before = sqlite_rows(released / "qiangqu.sqlite3")
    assert len([t for t in before if t not in FRAMEWORK and not before[t]]) <= 1, (
        "the fixture has a row nearly everywhere"
    )
    after = sqlite_rows(new / "qiangqu.sqlite3")
    assert losses(before, opened(after, new)) == []
    moved(before, after)
    named(after)
    sealed(after)
    qiangqu(new, "audit", "verify")
    told = {one["code"]: one for one in json.loads((new / "plan_status.json").read_text())["targets"]}
    qiangqu(new, "indicators", "refresh")
    qiangqu(new, "lake", "seal")
    assert not sqlite_rows(new / "qiangqu.sqlite3")["facts_fact"]
    qiangqu(new, "lake", "check")
    qiangqu(new, "lake", "rebuild")
    now = json.loads(qiangqu(new, "plan", "status", "--format", "json", "--as-of", "2026-10-31"))["targets"]
    assert {one["code"] for one in now} == set(told)
    values = {
        one["code"]: (one["target"], one["unit"], _rounded(one["value"])) for one in now if one["code"] not in CORRECTED
    }
    assert values == {
        code: (told[code]["target"], told[code]["unit"], _rounded(told[code]["value"])) for code in values
    }


def test_an_upgraded_node_has_the_tables_of_a_new_one(upgraded: Path) -> None:
    """A new node's are made at once (``0001_new_node`` of each part), not by the steps of an upgrade."""
    assert (
        schemas.differences(schemas.of_sqlite(upgraded / "qiangqu.sqlite3"), schemas.of_sqlite(sqlite_tables())) == []
    )


def test_every_change_of_a_model_has_its_migration(new: Path) -> None:
    qiangqu(new, "migrate", "--check")
    assert "No changes detected" in run(ROOT / "manage.py", "makemigrations", "--check", "--dry-run", home=new)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.9g}")


WALK = """
import datetime as dt, json, sys
import django
django.setup()
from django.utils import timezone
from qiangqu.cases import acts, check, kinds
from qiangqu.cases.models import Case, CaseKind
from qiangqu.domains.office.models.documents import Document
from qiangqu.plan import supervision
from qiangqu.plan.models import Plan
from qiangqu.plan.scoreboard import scores
from qiangqu.registry.models import User
from qiangqu.site.packs import find_pack, load_pack

people = {one.username: one for one in User.objects.all()}
told = {}
def do(case, node, **answers):
    step = case.steps.select_related("assignee").get(node=node, status="open")
    acts.finish_step(case, step.pk, answers, step.assignee or people["admin"])
def out(pk, first, second, third):
    one = Document.objects.get(pk=pk)
    do(one.case, "review", reviewed_as=first); do(one.case, "sign", signing=second)
    signed = Document.objects.get(pk=pk)
    do(one.case, "register", checked=third, copies=5)
    one.refresh_from_db()
    return [signed.state, str(signed.signer), bool(signed.dated), one.state, bool(one.number), one.copies]
told["faults"] = {k.code: [str(f) for f in check.check_files(k.current.files)[1].errors] for k in CaseKind.objects.all()}
told["out"] = out(4, "同意", "同意签发", "复核无误")
came = Document.objects.get(pk=2)
do(came.case, "handle", result_text="已办", answered="已答复")
came.refresh_from_db()
told["came"] = came.state
judged = Case.objects.get(number="DC-2026-000002")
do(judged, "judge", verdict="退回重报")
plan = Plan.objects.get()
def board():
    rows = scores(supervision.cases(people["planner"], plan, plan.area), plan)
    return {"returned": sum(r.returned for r in rows), "closed": sum(r.closed for r in rows)}
told["returned"] = board()
def supervise(subject):
    proposal = supervision.Proposal(subject, "目标", judged_unit, timezone.localdate() + dt.timedelta(days=9), "请报告", "off_track", 0)
    return supervision.open_supervision(plan, plan.area, proposal, people["planner"])[0]
from qiangqu.registry.models import Organisation
judged_unit = Organisation.objects.get(code=judged.data["unit"])
answers_for_it = User.objects.create(username="unit", role="planner", area=plan.area, organisation=judged_unit)
old = supervise("target:OLD")
told["old words"] = [old.version.number, old.data["target_state"]]
supervision.keep_moving(timezone.now() + dt.timedelta(days=1))
load_pack(find_pack("ningxia"), lambda text: None)
new = supervise("target:NEW")
told["new codes"] = [new.version.number, new.data["target_state"]]
for case, verdict in ((old, "办结销号"), (new, "close")):
    acts.finish_step(case, case.steps.get(status="open").pk, {"report_text": "好", "progress": 100}, answers_for_it)
    do(case, "judge", verdict=verdict)
    case.refresh_from_db()
    told[case.subject] = case.status
told["closed"] = board()
told["versions"] = dict(CaseKind.objects.values_list("code", "current__number"))
print(json.dumps(told, ensure_ascii=False))
"""
"""What people do with the cases of an upgraded node: some under the kinds of the release, whose options are
words, some under those that follow.
"""


def test_cases_of_the_release_go_on_and_new_ones_speak_in_codes(new: Path) -> None:
    (new / "walk.py").write_text(WALK, encoding="utf-8")
    told = json.loads(run(new / "walk.py", home=new).splitlines()[-1])
    assert not any(told["faults"].values()), "what the release saved can be edited and saved again"
    state, signer, dated, after, numbered, copies = told["out"]
    assert (state, bool(signer), dated, after, numbered, copies) == ("signed", True, True, "issued", True, 5)
    assert told["came"] == "done"
    assert (told["returned"]["returned"], told["returned"]["closed"]) == (1, 1)
    assert told["old words"] == [1, "滞后"] and told["new codes"] == [2, "off_track"]
    assert (told["target:OLD"], told["target:NEW"], told["closed"]["closed"]) == ("closed", "closed", 3)
    assert [told["versions"][one] for one in ("supervision", "outgoing_document", "incoming_document")] == [2, 2, 2]
    qiangqu(new, "audit", "verify")


ASK = """
import json, sys
import django
django.setup()
from django.test import Client
from qiangqu.base.visibility import visible
from qiangqu.records.models import Attachment
from qiangqu.registry.models import User

told = {}
files = {str(one.uid): one for one in Attachment.objects.all()}
people = list(User.objects.filter(is_active=True).order_by("pk"))
for address, name, owner in json.load(open(sys.argv[1])):
    answers = []
    for one in people:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(one)
        answer = client.get(address)
        uid = answer.headers.get("Location", "").rpartition("/")[2]
        sees = [str(f.uid) for f in visible(Attachment.objects.filter(name=name, owner_id=owner), one)]
        answers.append([answer.status_code, uid, uid in sees, bool(sees), files[uid].name if uid else ""])
    stranger = Client(SERVER_NAME="127.0.0.1").get(address)
    told[address] = {"name": name, "answers": answers, "stranger": [stranger.status_code, stranger.headers.get("Location", "")]}
told["left"] = list(Attachment.objects.filter(about__contains="was:").values_list("about", flat=True))
told["steps"] = sum(one.about.startswith("step:") for one in files.values())
print(json.dumps(told, ensure_ascii=False))
"""
"""Who gets what at the addresses that files had in the release."""


def test_addresses_of_files_of_the_release_lead_to_the_files(released: Path, new: Path) -> None:
    """Also where files had been deleted, so that the numbers have gaps; each to those who see its record."""
    before = sqlite_rows(released / "qiangqu.sqlite3")
    asked = []
    for table, address in FILE_TABLES.items():
        for row in before[table].values():
            number = before["cases_case"][row["case_id"]]["number"] if "case_id" in row else ""
            owner = next(row[name] for name in ("case_id", "document_id", "meeting_id", "report_id") if name in row)
            asked.append([address.format(number=number, **row), row["name"], owner])
    assert len(asked) >= 3 * len(FILE_TABLES)
    steps = sum(row["step_id"] is not None for row in before["cases_attachment"].values())
    nothing = [["/plan/evidence/424242", "", 0], ["/cases/case/DC-1/files/99999999999999999999999", "", 0]]
    (new / "ask.py").write_text(ASK, encoding="utf-8")
    (new / "asked.json").write_text(json.dumps(asked + nothing), encoding="utf-8")
    told = json.loads(run(new / "ask.py", str(new / "asked.json"), home=new).splitlines()[-1])
    assert told["left"] == [] and told["steps"] == steps
    refused = 0
    for address, name, _owner in asked:
        for status, _uid, his, sees, led in told[address]["answers"]:
            assert (status, his, led) == ((301, True, name) if sees else (404, False, "")), (address, name)
            refused += status == 404
        assert any(status == 301 for status, *_rest in told[address]["answers"])
        assert told[address]["stranger"][0] == 302 and "login" in told[address]["stranger"][1]
    assert refused
    assert all(status == 404 for address, *_rest in nothing for status, *_rest in told[address]["answers"])


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of a new database on the run's PostgreSQL."""
    if os.environ.get("QIANGQU_TEST_DB") != "postgres":
        pytest.skip("runs in the PostgreSQL half of the suite")
    import psycopg

    server = os.environ["QIANGQU_DATABASE_URL"]
    name = f"upgrade_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


BACK = """
import json, sys
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
executor.loader.replace_migrations = False
executor.loader.build_graph()
executor.migrate([tuple(one) for one in json.loads(sys.argv[1])])
"""
"""Makes the tables as the release had them, step by step."""


def test_an_upgraded_node_on_postgresql_has_lost_nothing(node: Path, postgres: str, db: None) -> None:
    import psycopg
    from psycopg import sql
    from psycopg.rows import dict_row

    before = sqlite_rows(node / "qiangqu.sqlite3")
    (node / "database_url").write_text(postgres)
    newest: dict[str, str] = {}
    for _id, row in sorted(before["django_migrations"].items()):
        newest[row["app"]] = row["name"]
    (node / "back.py").write_text(BACK, encoding="utf-8")
    run(node / "back.py", json.dumps(list(newest.items())), home=node)
    with psycopg.connect(postgres) as connection:
        connection.execute("SET session_replication_role = replica; SET timezone = 'UTC'")
        for table, rows in before.items():
            if table in FRAMEWORK or not rows:
                continue
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            kinds = dict(
                connection.execute(
                    "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", [table]
                ).fetchall()
            )
            columns = list(next(iter(rows.values())))
            casts = [
                sql.SQL("%s" if kinds[column] == "bytea" else "%s::text::")
                + sql.SQL("" if kinds[column] == "bytea" else kinds[column])
                for column in columns
            ]
            statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(casts)
            )
            with connection.cursor() as cursor:
                cursor.executemany(
                    statement,
                    [
                        [v if v is None or isinstance(v, bytes) else str(v) for v in row.values()]
                        for row in rows.values()
                    ],
                )
    qiangqu(node, "migrate", "-v0")
    with psycopg.connect(postgres, row_factory=dict_row) as connection:
        after = {
            table: _by_key(connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall())
            for table in (*before, *NEW)
            if table not in FRAMEWORK and table not in GONE and table not in DERIVED
        }
    moved(before, after)
    named(after)
    plain = (str, int)

    def comparable(value: Any) -> Any:
        """Text and whole numbers; dates, JSON and the like are written in other ways by the two databases."""
        value = as_data(value)
        if isinstance(value, bool):
            return str(int(value))
        return str(value) if isinstance(value, plain) else value if isinstance(value, dict | list) else None

    kept = {
        t: {k: {c: v for c, v in r.items() if _same_kind(v, after, t, k, c)} for k, r in rows.items()}
        for t, rows in before.items()
    }
    assert losses(kept, opened(after, node), comparable) == []
    sealed(after)
    with psycopg.connect(postgres) as upgraded, of_the_tests.cursor() as cursor:
        assert schemas.differences(schemas.of_postgres(upgraded.cursor()), schemas.of_postgres(cursor)) == []


def _same_kind(value: Any, after: Rows, table: str, key: Any, column: str) -> bool:
    """Whether the value can be compared across the two databases: it is text or a whole number in both (or
    lost, which counts).
    """
    row = after.get(table, {}).get(key)
    return isinstance(value, str | int) and (row is None or column not in row or isinstance(row[column], str | int))
