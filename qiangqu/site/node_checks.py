"""What of a node as a whole can be wrong: its folder, disk, clock, packages, database, keys, addresses,
backups. Each check is one function; the manifest lists them.
"""

import ctypes
import datetime as dt
import os
import pwd
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from packaging.requirements import Requirement

from qiangqu.base.doctor import Finding, error, warning
from qiangqu.base.homes import home_folder
from qiangqu.base.terms import listed

MOST_FILES = 20_000  # of the home that are looked at
LEAST_FREE = 1 << 30  # bytes
LITTLE_FREE, LITTLE_SHARE = 20 << 30, 0.1
AHEAD = dt.timedelta(minutes=5)
APART, FAR_APART = 2.0, 60.0  # seconds between this machine's clock and the database's
CLOCK_UNKNOWN = 5  # TIME_ERROR of adjtimex(2)
SHORTEST_KEY = 32
BACKUP_LATE, BACKUP_OLD = dt.timedelta(days=2), dt.timedelta(days=7)
#: where the lock lies: in a checkout, or where the wheel put it
LOCKS = (Path(__file__).parents[2] / "requirements.lock", Path(sys.prefix) / "share/qiangqu/requirements.lock")


def home(now: dt.datetime) -> Iterable[Finding]:
    """Whose the folder of the data is and who gets at it."""
    folder = home_folder()
    if not folder.is_dir():
        yield error(_("数据文件夹 %(folder)s 不存在：请设置 QIANGQU_HOME，新节点请执行 qiangqu migrate"), folder=folder)
        return
    status, own = folder.stat(), os.geteuid()
    if status.st_uid != own:
        yield error(
            _("数据文件夹 %(folder)s 属于用户 %(owner)s，而您是 %(own)s：请以 %(owner)s 执行，如 sudo -u %(owner)s qiangqu doctor"),
            folder=folder, owner=_user(status.st_uid), own=_user(own),
        )  # fmt: skip
        return
    if status.st_mode & 0o077:
        yield warning(
            _("数据文件夹 %(folder)s 别的用户也能打开：请执行 chmod -R go= %(folder)s（下次启动也会收紧）"),
            folder=folder,
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        yield error(
            _("数据文件夹 %(folder)s 不能写入：请执行 chmod u+rwx %(folder)s，只读的磁盘请重新挂载"), folder=folder
        )
        return
    foreign = [path for path in _inside(folder) if path.lstat().st_uid != own]
    if foreign:
        yield error(
            _("数据文件夹里有 %(count)s 个文件不属于 %(own)s（如 %(first)s）：请以 root 执行 chown -R %(own)s %(folder)s"),
            count=len(foreign), own=_user(own), first=foreign[0].relative_to(folder), folder=folder,
        )  # fmt: skip


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _inside(folder: Path) -> Iterator[Path]:
    """What is in it, the upper levels first; a file of a running node may be gone by now."""
    level, seen = [folder], 0
    while level:
        below = []
        for one in level:
            with os.scandir(one) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MOST_FILES:
                        return
                    if os.path.lexists(entry.path):
                        yield Path(entry.path)
                    if entry.is_dir(follow_symlinks=False) and os.access(entry.path, os.R_OK | os.X_OK):
                        below.append(Path(entry.path))
        level = below


def packages(now: dt.datetime) -> Iterable[Finding]:
    """Whether the packages are those that were tested: the lock's."""
    lock = next((one for one in LOCKS if one.is_file()), None)
    if lock is None:
        yield warning(_("没有找到 requirements.lock，不知道软件包是不是测试过的版本：请按手册安装"))
        return
    missing, other = [], []
    for line in re.findall(r"^([\w.-]+==[^\\\n]+)", lock.read_text(encoding="utf-8"), re.M):
        wanted = Requirement(line.strip())
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            missing.append(wanted.name)
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            other.append(f"{wanted.name} {found}（{str(wanted.specifier).removeprefix('==')}）")
    if missing:
        yield error(
            _("缺少软件包 %(names)s：请执行 pip install --require-hashes -r %(lock)s"), names=_some(missing), lock=lock
        )
    if other:
        yield warning(
            _("这些软件包不是测试过的版本（括号里才是）：%(names)s。请执行 pip install --require-hashes -r %(lock)s"),
            names=_some(other), lock=lock,
        )  # fmt: skip


def _some(names: list[str]) -> str:
    return listed(names[:8]) + (f" …（{len(names)}）" if len(names) > 8 else "")


def disk(now: dt.datetime) -> Iterable[Finding]:
    """Whether there is room where the node writes."""
    looked: set[int] = set()
    for folder in (home_folder(), Path(tempfile.gettempdir())):
        device = folder.stat().st_dev
        if device in looked:
            continue
        looked.add(device)
        usage = shutil.disk_usage(folder)
        if usage.free < LEAST_FREE:
            yield error(
                _("%(folder)s 所在的磁盘快满了，只剩 %(free)s GB：数据就要写不进去，请清理或扩容"),
                folder=folder, free=f"{usage.free / 2**30:.1f}",
            )  # fmt: skip
        elif usage.free < LITTLE_FREE and usage.free < LITTLE_SHARE * usage.total:
            yield warning(
                _("%(folder)s 所在的磁盘只剩 %(free)s GB（%(share)s%%）：请安排清理或扩容"),
                folder=folder, free=f"{usage.free / 2**30:.1f}", share=round(usage.free / usage.total * 100),
            )  # fmt: skip


def kernel_clock() -> int | None:
    """What the kernel says of its clock (adjtimex(2): 5 is "nobody sets it"); None where it is not to be
    asked.
    """
    asked = ctypes.create_string_buffer(1024)  # struct timex, all zero: read, set nothing
    try:
        found = int(ctypes.CDLL(None).adjtimex(asked))
    except (AttributeError, OSError):  # no Linux
        return None
    return found if found >= 0 else None


def clock(now: dt.datetime) -> Iterable[Finding]:
    """Whether this machine's time is right: by its time server, by the database's clock, and by what was
    written here with times that have not come yet.
    """
    from django.db import connection

    from qiangqu.facts.models import FactBatch
    from qiangqu.lake.models import TelemetryClock
    from qiangqu.registry.models import AuditEntry

    if kernel_clock() == CLOCK_UNKNOWN:
        yield warning(_("本机时钟没有与时间服务器同步：请启用 NTP，如 timedatectl set-ntp true"))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = (cursor.fetchone()[0] - dt.datetime.now(dt.UTC)).total_seconds()
        if abs(apart) > APART:
            say = error if abs(apart) > FAR_APART else warning
            yield say(
                _("本机时钟与数据库服务器相差 %(seconds)s 秒：请让两台机器与同一时间服务器同步"), seconds=round(apart)
            )
    newest = {
        _("审计记录"): AuditEntry.objects.order_by("-id").values_list("at", flat=True).first(),
        _("事实"): FactBatch.objects.order_by("-pk").values_list("created_at", flat=True).first(),
    }
    horizon = TelemetryClock.objects.values_list("horizon", flat=True).first()
    if horizon:
        newest[_("遥测")] = dt.datetime.fromtimestamp(horizon / 1000, dt.UTC)
    for title, at in newest.items():
        if at is not None and at > now + AHEAD:
            yield error(
                _("最新的%(title)s写于 %(at)s，比现在还晚：本机时钟曾经偏快或现在偏慢，请校准时钟"),
                title=title,
                at=_local(at),
            )


def _local(at: dt.datetime) -> str:
    from django.utils import timezone

    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def database(now: dt.datetime) -> Iterable[Finding]:
    """Whether the database answers."""
    from django.db import Error, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as failure:
        yield error(
            _("数据库连不上（%(reason)s）：请检查数据库服务和 QIANGQU_DATABASE_URL"),
            reason=(str(failure).strip().splitlines() or [type(failure).__name__])[0][:200],
        )


def migrations(now: dt.datetime) -> Iterable[Finding]:
    """Whether the tables are those of this version."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    loader = executor.loader
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    if plan:
        yield error(
            _("数据库还有 %(count)s 步没有升级（从 %(first)s 起）：请先备份，再执行 qiangqu migrate 并重新启动"),
            count=len(plan), first=f"{plan[0][0].app_label}.{plan[0][0].name}",
        )  # fmt: skip
    newer = sorted(
        key for key in loader.applied_migrations or () if key[0] in loader.migrated_apps and key not in loader.disk_migrations
    )  # fmt: skip
    if newer:
        yield error(
            _("数据库由更新的版本升级过（%(first)s）：请安装那个版本的程序，或恢复升级前的备份"),
            first=".".join(newer[-1]),
        )


def keys(now: dt.datetime) -> Iterable[Finding]:
    """The key that signs sessions, and those of the encrypted fields."""
    from django.conf import settings

    from qiangqu.base import crypto
    from qiangqu.base.errors import InputError

    if len(settings.SECRET_KEY) < SHORTEST_KEY:
        yield error(
            _("会话密钥只有 %(length)s 个字符，猜得出来：请去掉 QIANGQU_SECRET_KEY（会自动生成），或换成 50 个以上的随机字符"),
            length=len(settings.SECRET_KEY),
        )  # fmt: skip
    path = Path(settings.QIANGQU_FIELD_KEY_FILE)
    files = [Path(settings.HOME) / "secret_key", *([] if settings.QIANGQU_FIELD_KEYS else [path])]
    for file in files:
        if file.is_file() and file.stat().st_mode & 0o077:
            yield error(_("密钥文件 %(file)s 别的用户也能读：请执行 chmod 600 %(file)s，并更换密钥"), file=file)
    kept = [
        rows for model, names in crypto.encrypted_fields() for name in names if (rows := _secrets(model, name)).exists()
    ]
    if kept and not settings.QIANGQU_FIELD_KEYS and not path.is_file():
        yield error(_("字段密钥 %(file)s 不见了，库中加密的内容读不出来：请把另存的一份放回原处"), file=path)
        return
    for rows in kept:
        try:
            rows.first()
        except InputError:
            yield error(
                _("字段密钥解不开库中加密的内容（%(table)s）：请恢复当初的密钥（见 docs/operations/backup.md）"),
                table=rows.model._meta.verbose_name,
            )
            return


def _secrets(model: Any, name: str) -> Any:
    """The encrypted values of a field that are not empty. What they are compared with must not be encrypted:
    that would make a key where one is missing."""
    from qiangqu.base.crypto import EncryptedJSONField

    rows = model._base_manager.filter(**{f"{name}__isnull": False}).values_list(name, flat=True)
    return rows if isinstance(model._meta.get_field(name), EncryptedJSONField) else rows.exclude(**{name: ""})


def backups(now: dt.datetime) -> Iterable[Finding]:
    """How old the newest backup is."""
    from django.conf import settings

    if not settings.QIANGQU_BACKUPS:
        yield warning(_("不知道备份在哪里：请定时备份，并用 QIANGQU_BACKUPS 指出备份所在的文件夹"))
        return
    folder = Path(settings.QIANGQU_BACKUPS)
    if not folder.is_dir():
        yield error(_("备份文件夹 %(folder)s 不存在或打不开：请建立它，或改正 QIANGQU_BACKUPS"), folder=folder)
        return
    with os.scandir(folder) as entries:
        times = [
            entry.stat().st_mtime
            for entry in entries
            if entry.is_file() and entry.stat().st_size and entry.name[0] != "."
        ]
    if not times:
        yield error(_("备份文件夹 %(folder)s 里还没有备份：请执行 qiangqu backup"), folder=folder)
        return
    newest = dt.datetime.fromtimestamp(max(times), dt.UTC)
    if now - newest > BACKUP_LATE:
        say = error if now - newest > BACKUP_OLD else warning
        yield say(
            _("最近一次备份是 %(at)s（%(days)s 天前）：请查看定时备份为什么没有做，如 systemctl status qiangqu-backup.timer"),
            at=_local(newest), days=(now - newest).days,
        )  # fmt: skip
