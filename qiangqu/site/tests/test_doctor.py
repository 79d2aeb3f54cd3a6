"""A sound node has nothing wrong; for each sentence that a check can say, a node that is broken so."""

import ast
import datetime as dt
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from qiangqu.base.doctor import error
from qiangqu.base.part import Check, parts
from qiangqu.base.tests.homes import ROOT, migrated
from qiangqu.facts.models import BatchKind, FactBatch
from qiangqu.lake.models import Segment, TelemetryClock, WaitingValue
from qiangqu.messaging.models import Delivery, JobRun, Preference, When
from qiangqu.registry import audit
from qiangqu.registry.models import OFFICES, Area, AuditEntry, Role, SignIn, User
from qiangqu.registry.models import Node as Registered
from qiangqu.registry.tests import factories
from qiangqu.site import doctor, node_checks, web_checks
from qiangqu.telemetry.models import Device, Point
from qiangqu.ui.uploads import scanning

from .certificates import self_signed

pytestmark = pytest.mark.django_db
CHECKS = {check.name: find for check, find in doctor.declared(parts())}
Node = SimpleNamespace
BROKEN: dict[str, tuple[str, bool, Callable[[Node], None]]] = {}


def breaks(check: str, sentence: str, is_error: bool = True) -> Any:
    """The function breaks a sound node so that ``check`` says the sentence that begins so, or has it in
    it.
    """

    def keep(function: Callable[[Node], None]) -> Callable[[Node], None]:
        assert sentence not in BROKEN, sentence
        BROKEN[sentence] = (check, is_error, function)
        return function

    return keep


@pytest.fixture
def node(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """A node with nothing wrong, behind TLS."""
    home = Path(tempfile.mkdtemp(prefix="qiangqu-doctor-"))
    monkeypatch.setenv("QIANGQU_HOME", str(home))
    monkeypatch.setattr(node_checks, "kernel_clock", lambda: 0)
    settings.HOME, settings.LAKE_DIR = home, home / "lake"
    settings.SECRET_KEY = "s" * 50
    settings.QIANGQU_FIELD_KEYS, settings.QIANGQU_FIELD_KEY_FILE = "", home / "field_keys"
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    settings.SECURE_COOKIES, settings.QIANGQU_BASE_URL = True, "https://localhost"
    settings.SECURE_HSTS_SECONDS = 3600
    settings.QIANGQU_TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    settings.QIANGQU_BACKUPS = str(tmp_path / "backups")
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "qiangqu-1.tar.gz").write_text("x")
    admin = factories.user(Role.ADMIN, factories.tree()["R"], "admin")
    now = timezone.now()
    JobRun.objects.create(name="messaging-send", next_at=now, ran_at=now)
    yield Node(
        settings=settings,
        home=home,
        tmp=tmp_path,
        patch=monkeypatch,
        now=now,
        admin=admin,
        backups=tmp_path / "backups",
    )
    shutil.rmtree(home)


def said(check: str, now: dt.datetime) -> list[Any]:
    return list(CHECKS[check](now))


def test_a_sound_node_has_nothing_wrong(node: Node) -> None:
    outward = {check.name for check, _find in doctor.declared(parts()) if check.outward}
    found = {
        name: [str(one) for one in said(name, node.now) if not one.is_note] for name in CHECKS if name not in outward
    }
    assert {name: sentences for name, sentences in found.items() if sentences} == {}


def test_how_a_node_is_set_up_is_said_and_is_no_fault(node: Node) -> None:
    (one,) = said("separation", node.now)
    assert one.is_note and "三员分立没有开启" in str(one)
    result = next(doctor.examine([(Check("separation", "S", ""), lambda now: [one])], node.now))  # type: ignore[list-item]
    assert result.state == "ok" and doctor.severity(one) == "note"
    page = Client()
    page.force_login(node.admin)
    assert (
        "三员分立没有开启"
        in page.get(reverse("node-doctor"), secure=True, headers={"host": "localhost"}).content.decode()
    )


# the folder


@breaks("home", "不存在：请设置 QIANGQU_HOME")
def _(node: Node) -> None:
    node.patch.setenv("QIANGQU_HOME", str(node.tmp / "nowhere"))


@breaks("home", "属于用户")
def _(node: Node) -> None:
    own = os.geteuid()
    node.patch.setattr(os, "geteuid", lambda: own + 1)


@breaks("home", "别的用户也能打开", False)
def _(node: Node) -> None:
    node.home.chmod(0o755)


@breaks("home", "不能写入")
def _(node: Node) -> None:
    node.home.chmod(0o500)
    if os.geteuid() == 0:  # root may write everywhere
        os.chown(node.home, 12345, -1)
        os.seteuid(12345)


@breaks("home", "个文件不属于")
def _(node: Node) -> None:
    if os.geteuid():
        pytest.skip("only root can give files away")
    (node.home / "media").mkdir()
    (node.home / "media" / "a").write_text("x")
    os.chown(node.home / "media" / "a", 12345, -1)


@breaks("disk", "快满了")
def _(node: Node) -> None:
    node.patch.setattr(node_checks, "LEAST_FREE", 1 << 60)


@breaks("disk", "请安排清理或扩容", False)
def _(node: Node) -> None:
    node.patch.setattr(node_checks, "LITTLE_FREE", 1 << 60)
    node.patch.setattr(node_checks, "LITTLE_SHARE", 1.0)


# the program


def lock(node: Node, text: str) -> None:
    (node.tmp / "requirements.lock").write_text(text)
    node.patch.setattr(node_checks, "LOCKS", (node.tmp / "requirements.lock",))


@breaks("packages", "没有找到 requirements.lock", False)
def _(node: Node) -> None:
    node.patch.setattr(node_checks, "LOCKS", (node.tmp / "requirements.lock",))


@breaks("packages", "缺少软件包 no-such-package：")
def _(node: Node) -> None:
    lock(node, "no-such-package==1.0 \\\n    --hash=sha256:00\nelsewhere==1 ; sys_platform == 'win32' \\\n")


@breaks("packages", "不是测试过的版本（括号里才是）", False)
def _(node: Node) -> None:
    lock(node, "django==4.2.1 ; sys_platform == 'linux' or sys_platform == 'darwin' \\\n    --hash=sha256:00\n")


@breaks("database", "数据库连不上")
def _(node: Node) -> None:
    def away(*args: Any) -> Any:
        raise OperationalError("connection refused")

    node.patch.setattr(connection, "cursor", away)


@breaks("migrations", "步没有升级（从 messaging.0001_new_node 起）")
def _(node: Node) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'messaging'")


@breaks("migrations", "由更新的版本升级过（telemetry.9999_later）")
def _(node: Node) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('telemetry', '9999_later', '2026-11-30 00:00:00+00:00')"
        )
    assert MigrationLoader(connection).applied_migrations


# the clock


@breaks("clock", "没有与时间服务器同步", False)
def _(node: Node) -> None:
    node.patch.setattr(node_checks, "kernel_clock", lambda: node_checks.CLOCK_UNKNOWN)


@breaks("clock", "与数据库服务器相差")
def _(node: Node) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no clock of its own")
    node.patch.setattr(node_checks, "APART", -2.0)
    node.patch.setattr(node_checks, "FAR_APART", -1.0)


@breaks("clock", "比现在还晚")
def _(node: Node) -> None:
    audit.record(node.admin, "login")
    AuditEntry.objects.update(at=node.now + dt.timedelta(hours=1))


@pytest.mark.parametrize("title", ["事实", "遥测"])
def test_what_was_written_later_than_now_shows_a_wrong_clock(node: Node, title: str) -> None:
    later = node.now + dt.timedelta(hours=1)
    if title == "事实":
        FactBatch.objects.create(kind=BatchKind.IMPORT, key="a")
        FactBatch.objects.update(created_at=later)
    else:
        TelemetryClock.objects.create(epoch="e", horizon=int(later.timestamp() * 1000))
    found = said("clock", node.now)
    assert [one.is_error for one in found] == [True] and f"最新的{title}" in str(found[0])


def test_the_kernel_is_asked_for_its_clock() -> None:
    assert node_checks.kernel_clock() in (None, *range(6))


# keys


@breaks("keys", "猜得出来")
def _(node: Node) -> None:
    node.settings.SECRET_KEY = "qiangqu"


@breaks("keys", "别的用户也能读")
def _(node: Node) -> None:
    (node.home / "secret_key").write_text("x")
    (node.home / "secret_key").chmod(0o644)


def with_a_secret(node: Node) -> None:
    Preference.objects.create(user=node.admin, robot_secret="SEC")


@breaks("keys", "不见了，库中加密的内容读不出来")
def _(node: Node) -> None:
    with_a_secret(node)
    node.settings.QIANGQU_FIELD_KEY_FILE.unlink()


@breaks("keys", "解不开库中加密的内容（接收方式）")
def _(node: Node) -> None:
    with_a_secret(node)
    node.settings.QIANGQU_FIELD_KEY_FILE.unlink()
    node.settings.QIANGQU_FIELD_KEY_FILE.write_text(Fernet.generate_key().decode())
    node.settings.QIANGQU_FIELD_KEY_FILE.chmod(0o600)


def test_secrets_that_open_are_well(node: Node) -> None:
    with_a_secret(node)
    assert said("keys", node.now) == []


# backups


@breaks("backups", "不知道备份在哪里", False)
def _(node: Node) -> None:
    node.settings.QIANGQU_BACKUPS = ""


@breaks("backups", "不存在或打不开")
def _(node: Node) -> None:
    node.settings.QIANGQU_BACKUPS = str(node.tmp / "nowhere")


@breaks("backups", "还没有备份")
def _(node: Node) -> None:
    (node.backups / "qiangqu-1.tar.gz").write_text("")


@breaks("backups", "（8 天前）")
def _(node: Node) -> None:
    at = (node.now - dt.timedelta(days=8, hours=1)).timestamp()
    os.utime(node.backups / "qiangqu-1.tar.gz", (at, at))


def test_a_backup_that_is_late_is_a_warning(node: Node) -> None:
    at = (node.now - dt.timedelta(days=3)).timestamp()
    os.utime(node.backups / "qiangqu-1.tar.gz", (at, at))
    assert [one.is_error for one in said("backups", node.now)] == [False]


# the web


@breaks("web", "调试页面开着")
def _(node: Node) -> None:
    node.settings.DEBUG = True


@breaks("web", "任何主机名都被接受", False)
def _(node: Node) -> None:
    node.settings.ALLOWED_HOSTS = ["*"]


@breaks("web", "却没有用 TLS", False)
def _(node: Node) -> None:
    node.settings.SECURE_COOKIES, node.settings.ALLOWED_HOSTS = False, ["zone.example.cn", "localhost"]


@breaks("web", "不相信任何代理")
def _(node: Node) -> None:
    node.settings.QIANGQU_TRUSTED_PROXIES = []


@breaks("web", "主机名 zone.example.cn 不在")
def _(node: Node) -> None:
    node.settings.QIANGQU_BASE_URL = "https://zone.example.cn"


@breaks("proxy", "所有人都像是从代理 127.0.0.1 登录的")
def _(node: Node) -> None:
    for number, user in enumerate([node.admin, factories.user(Role.PLANNER, Area.objects.get(code="R"))]):
        SignIn.objects.create(user=user, digest=str(number), address="127.0.0.1", last_at=node.now)


def serve(node: Node, status: int = 200, days: int = 90, tls: bool = True) -> None:
    """A site at the node's address that answers so."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in node.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    certificate, key = self_signed(node.tmp, days)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    node.patch.setenv("SSL_CERT_FILE", str(certificate))
    node.settings.QIANGQU_BASE_URL = f"http{'s' if tls else ''}://localhost:{server.server_port}"
    threading.Thread(target=server.handle_request, daemon=True).start()


def test_a_site_that_answers_is_well(node: Node) -> None:
    node.headers = {"Strict-Transport-Security": "max-age=1"}
    serve(node)
    assert [str(one) for one in said("site", node.now)] == []


@breaks("site", "没有设置站点地址", False)
def _(node: Node) -> None:
    node.settings.QIANGQU_BASE_URL = ""


@breaks("site", "的证书不被信任")
def _(node: Node) -> None:
    serve(node)
    node.patch.setenv("SSL_CERT_FILE", str(self_signed(node.tmp, 30)[0]))


@breaks("site", "打不开（")
def _(node: Node) -> None:
    node.settings.QIANGQU_BASE_URL = f"https://localhost:{closed_port()}"


@breaks("site", "答复 HTTP 502")
def _(node: Node) -> None:
    serve(node, 502)


@breaks("site", "却没有设置 QIANGQU_HTTPS=1：")
def _(node: Node) -> None:
    serve(node)
    node.settings.SECURE_COOKIES = False


@breaks("site", "节点不相信前面的代理")
def _(node: Node) -> None:
    serve(node)


@breaks("site", "到期：请及时更换", False)
def _(node: Node) -> None:
    node.headers = {"Strict-Transport-Security": "max-age=1"}
    serve(node, days=2)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# what the parts look at


@breaks("lake", "个事实或遥测数据文件不见了")
def _(node: Node) -> None:
    Segment.objects.create(dataset="telemetry", file="telemetry/a.parquet", rows=1, size=1, sha256="")


@breaks("lake", "请执行 qiangqu lake rebuild")
def _(node: Node) -> None:
    (node.home / "lake" / "sums").mkdir(parents=True)
    (node.home / "lake" / "sums" / "a.parquet").write_text("half")
    Segment.objects.create(dataset="sums", file="sums/a.parquet", rows=1, size=100, sha256="")


@breaks("beginnings", "还没有区域")
def _(node: Node) -> None:
    User.objects.all().delete()
    for level in ("zone", "city", "region"):
        Area.objects.filter(level=level).delete()


@breaks("beginnings", "没有一位在任的全权管理员")
def _(node: Node) -> None:
    User.objects.update(is_active=False)


def _separated(node: Node, but: str = "") -> None:
    top = Area.objects.get(parent=None)
    for role in OFFICES:
        if role != but:
            factories.user(role, top, f"the-{role}")
    Registered.objects.update(separation=True)


@breaks("separation", "但没有在任的审计管理员")
def _(node: Node) -> None:
    node.admin.posts.all().delete()
    _separated(node, Role.AUDITOR)


@breaks("separation", "还有全权管理员的岗位：admin")
def _(node: Node) -> None:
    _separated(node)


@breaks("worker", "从来没有运行过")
def _(node: Node) -> None:
    JobRun.objects.all().delete()


@breaks("worker", "后台处理没有在运行")
def _(node: Node) -> None:
    JobRun.objects.update(ran_at=node.now - dt.timedelta(minutes=20))


@breaks("worker", "上次没有做成：OSError: 磁盘满了", False)
def _(node: Node) -> None:
    JobRun.objects.update(failure="OSError: 磁盘满了")


@breaks("worker", "就该做而没有做", False)
def _(node: Node) -> None:
    JobRun.objects.create(name="messaging-digest", next_at=node.now - dt.timedelta(hours=5))


@breaks("mail", "位用户要收邮件")
def _(node: Node) -> None:
    Preference.objects.create(user=node.admin, mail=When.DAILY)
    node.settings.EMAIL_BACKEND, node.settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", ""


@breaks("mail", "邮件里的链接没有站点地址", False)
def _(node: Node) -> None:
    node.settings.QIANGQU_BASE_URL = ""


@breaks("mail", "已放弃（最近的原因：机器人答复 HTTP 500）", False)
def _(node: Node) -> None:
    Delivery.objects.create(
        user=node.admin, way="mail", subject="s", text="t", next_at=None, tries=9, failure="机器人答复 HTTP 500"
    )


@breaks("mail-server", "连不上或不接受账号")
def _(node: Node) -> None:
    node.settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    node.settings.EMAIL_HOST, node.settings.EMAIL_PORT = "127.0.0.1", closed_port()


@breaks("scanner", "没有找到病毒扫描程序")
def _(node: Node) -> None:
    node.settings.QIANGQU_VIRUS_SCANNER = "/opt/no/clamdscan {file}"
    assert scanning.is_on()


def device(**more: Any) -> Device:
    fields = {
        "mn": "D1",
        "name": "D1",
        "area": Area.objects.get(code="Z1"),
        "valid_from": factories.BORN,
        "password": "p",
    }
    return Device.objects.create(**(fields | more))


@breaks("gateway", "网关却没有在")
def _(node: Node) -> None:
    device()
    node.settings.QIANGQU_GATEWAY = f"127.0.0.1:{closed_port()}"


@breaks("gateway", "QIANGQU_GATEWAY 应写成")
def _(node: Node) -> None:
    device()
    node.settings.QIANGQU_GATEWAY = "gateway"


@breaks("gateway", "1 台 GB/T 26875 装置没有登记来源地址", False)
def _(node: Node) -> None:
    device(mn="000000000379", protocol="fire", password="")
    node.settings.QIANGQU_GATEWAY = ""


def connections(node: Node, text: str) -> None:
    (node.home / "broker").mkdir()
    (node.home / "broker" / "connections.yaml").write_text(text)


@breaks("gateway", "MQTT 的连接文件有错")
def _(node: Node) -> None:
    connections(node, "mqtt: none\n")


@breaks("gateway", "MQTT 服务器")
def _(node: Node) -> None:
    connections(node, f"mqtt:\n  - broker: 127.0.0.1\n    port: {closed_port()}\n")


def test_a_gateway_is_wanted_only_where_devices_call(node: Node) -> None:
    node.settings.QIANGQU_GATEWAY = f"127.0.0.1:{closed_port()}"
    device(mn="D2", simulated=True)
    device(mn="D3", protocol="modbus")
    device(mn="D4", enabled=False)
    assert said("gateway", node.now) == []
    device()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        node.settings.QIANGQU_GATEWAY = f"127.0.0.1:{listening.getsockname()[1]}"
        assert said("gateway", node.now) == []
    node.settings.QIANGQU_GATEWAY = ""
    assert said("gateway", node.now) == []


@breaks("readings", "1 个测点的读数写着还没有到的时刻", False)
def _(node: Node) -> None:
    later = int((node.now + dt.timedelta(hours=2)).timestamp() * 1000)
    for number, simulated in enumerate((False, True)):
        of = device(mn=f"D{number}", simulated=simulated)
        point = Point.objects.create(device=of, factor_code="a21026", interval="hour", statistic="Avg")
        WaitingValue.objects.create(point=point.pk, slot=later, time=later, value=1, flag=0, received=0)


@pytest.mark.parametrize("sentence", BROKEN)
def test_a_node_that_is_broken_says_so(node: Node, sentence: str) -> None:
    check, is_error, break_it = BROKEN[sentence]
    node.headers = {}
    own = os.geteuid()
    try:
        break_it(node)
        found = said(check, node.now)
    finally:
        node.patch.undo()
        if own == 0:
            os.seteuid(0)
    assert any(sentence in str(one) and one.is_error == is_error for one in found), [str(one) for one in found]
    with translation.override("en"):
        assert all(str(one) for one in found)  # filled in every language


def test_every_sentence_has_its_broken_node() -> None:
    files = [Path(node_checks.__file__), Path(web_checks.__file__), *ROOT.glob("qiangqu/**/doctor.py")]
    sentences = []
    for file in files:
        if file.parent.name in ("base", "site") and file.name == "doctor.py":
            continue  # what they say is that a check failed, or the settings
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id in ("error", "warning", "say")
            ):
                sentences.append(ast.literal_eval(call.args[0].args[0]))  # type: ignore[attr-defined]
    assert len(sentences) == len(set(sentences)) == len(BROKEN)


# the faces


def test_a_check_that_fails_is_an_error_and_the_others_go_on(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    def fails(now: dt.datetime) -> Any:
        raise ValueError("no sense\nat all")

    one, two = Check("a", "A", "x:a"), Check("b", "B", "x:b")
    results = list(doctor.examine([(one, fails), (two, lambda now: [])], node.now))  # type: ignore[list-item]
    assert [result.state for result in results] == ["error", "ok"]
    assert str(results[0].findings[0]) == "这一项没有查成：ValueError: no sense"
    away = doctor.Result(Check("database", "D", ""), "error", (error("away"),))
    assert [one.state for one in doctor.examine([(one, fails)], node.now, [away])] == ["skipped"]  # type: ignore[list-item]


def run(home: Path, *arguments: str, **environment: str) -> Any:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QIANGQU_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "qiangqu", "doctor", *arguments], cwd=home.parent, capture_output=True, text=True,
        env=kept | {"QIANGQU_HOME": str(home), "PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip


def test_the_command_on_a_folder_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    done = run(tmp_path / "home", "--format", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["errors"] == 1
    states = {one["name"]: one["state"] for one in told["checks"]}
    assert states["home"] == "error" and states["packages"] == "ok" and states["database"] == "skipped"
    assert set(states) == set(CHECKS) and not (tmp_path / "home").exists()


def test_the_command_on_settings_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    done = run(tmp_path / "home", QIANGQU_SMTP_PORT="mail")
    assert done.returncode == 1 and "设置读不进来（invalid literal for int() with base 10: 'mail'）" in done.stdout
    assert "1 处错误" in done.stdout and "Traceback" not in done.stderr


@pytest.mark.one_database  # a node of its own
def test_the_command_without_a_database(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    done = run(
        tmp_path / "home", "--format", "json",
        QIANGQU_DATABASE_URL=f"postgresql://me:secret@127.0.0.1:{closed_port()}/x?connect_timeout=5",
    )  # fmt: skip
    told = json.loads(done.stdout)
    states = {one["name"]: one["state"] for one in told["checks"]}
    assert done.returncode == 1 and states["database"] == "error" and states["worker"] == states["lake"] == "skipped"
    assert "数据库连不上" in done.stdout and "secret" not in done.stdout + done.stderr


@pytest.mark.one_database  # a node of its own
def test_the_command_on_a_new_node_names_what_is_to_be_done(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    migrated(home)
    (home / "qiangqu.sqlite3").chmod(0o600)
    done = run(home, "--format", "json", QIANGQU_BACKUPS=str(home))
    told = json.loads(done.stdout)
    states = {one["name"]: one["state"] for one in told["checks"]}
    assert done.returncode == 1 and states["migrations"] == "ok", done.stderr
    assert {name for name, state in states.items() if state == "error"} == {"beginnings", "worker"}
    assert "skipped" not in states.values()


def test_the_page_shows_the_administrator_the_same(node: Node) -> None:
    call_command("check")
    JobRun.objects.all().delete()
    node.settings.SECURE_COOKIES, node.settings.ALLOWED_HOSTS = False, ["localhost", "testserver"]
    client = Client()
    client.force_login(node.admin)
    answer = client.get("/node/doctor/")
    text = answer.content.decode()
    assert answer.status_code == 200 and "从来没有运行过" in text and "却没有用 TLS" in text
    client.force_login(factories.user(Role.PLANNER, Area.objects.get(code="R")))
    assert client.get("/node/doctor/").status_code == 403
