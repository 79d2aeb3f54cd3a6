"""Work on uploaded files beside the answering of pages: jobs are rows that any process of the node shows, and
threads of the serving process work on them, at most :data:`THREADS` at a time.

Who works on a job holds a lease: he writes his mark (host, process, start of the process) and a beat into the
row. A job whose process is gone, or that has been silent for :data:`SILENCE` seconds, is free again, and
whoever looks next takes it up: the page of the job, the next upload of its owner, and ``qiangqu worker``
every minute. A claim is one conditional UPDATE: of two that try, one works. A job at which the process died
:data:`MAX_ATTEMPTS` times is given up, so that no file can stop a node again and again.
"""

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import OperationalError, close_old_connections, connection, models, transaction
from django.db.models import F, Q
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from qiangqu.base.errors import QiangquError

log = logging.getLogger(__name__)
#: a check or an import has ended; sender: the model; job, status, error. Sent in the transaction that writes
#: it down.
job_ended = Signal()
SILENCE = 30
THREADS = 2
MAX_ATTEMPTS = 3
#: kept as they are with the job, put into the reader's language where they are shown
INTERRUPTED = gettext_noop("处理这个文件时程序中断了几次，未导入任何数据；请把文件分成几个再试，或联系管理员查看日志")
CRASHED = gettext_noop("处理时出错，未导入任何数据；请联系管理员查看日志")


class JobStatus(models.TextChoices):
    """The way of a job: waiting → checking → ready or faulty; confirmed → importing → done. ``failed``: the
    file could not be read at all.
    """

    WAITING = "waiting", _("等待检查")
    CHECKING = "checking", _("正在检查")
    READY = "ready", _("可以导入")
    FAULTY = "faulty", _("有误")
    CONFIRMED = "confirmed", _("等待导入")
    IMPORTING = "importing", _("正在导入")
    DONE = "done", _("已导入")
    FAILED = "failed", _("无法导入")
    DROPPED = "dropped", _("已放弃")


RUNNING = (JobStatus.WAITING, JobStatus.CHECKING, JobStatus.CONFIRMED, JobStatus.IMPORTING)
#: what is claimed, and what it becomes while somebody works on it
_CLAIMS: Mapping[JobStatus, JobStatus] = {
    JobStatus.WAITING: JobStatus.CHECKING,
    JobStatus.CHECKING: JobStatus.CHECKING,
    JobStatus.CONFIRMED: JobStatus.IMPORTING,
    JobStatus.IMPORTING: JobStatus.IMPORTING,
}


class Leased(models.Model):
    """The columns that a job needs to be worked on by one process at a time."""

    status = models.CharField(_("状态"), max_length=12, choices=JobStatus, default=JobStatus.WAITING)
    progress = models.PositiveIntegerField(_("已处理行数"), default=0)
    error = models.CharField(_("原因"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    #: last sign of life of who works on it, and his mark
    beat_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


# ---------------------------------------------------------------- who works


def _started(pid: int) -> str:
    """When a process of this machine started (clock ticks since boot, proc_pid_stat(5)); "" where that cannot
    be told.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def my_mark() -> str:
    """Host, process and start of the present process."""
    pid = os.getpid()
    return f"{socket.gethostname()[:80]}|{pid}|{_started(pid)}"


def is_gone(mark: str) -> bool:
    """Whether the process of a mark has surely ended. Of a process on another machine that is never sure."""
    host, _bar, rest = mark.partition("|")
    pid, _bar, started = rest.partition("|")
    if host != socket.gethostname()[:80] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass
    return _started(int(pid)) != started


class _Pool:
    """Threads of this process that work on queued jobs; a job is queued once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[tuple[Callable[[int], object], int]] = deque()
        self._threads = 0
        self._pid = os.getpid()

    def add(self, run: Callable[[int], object], pk: int) -> None:
        with self._lock:
            if self._pid != os.getpid():  # a fork takes no threads along
                self._pid, self._threads = os.getpid(), 0
                self._queue.clear()
            if (run, pk) in self._queue:
                return
            self._queue.append((run, pk))
            if self._threads < THREADS:
                self._threads += 1
                threading.Thread(target=self._work, name="import").start()

    def _work(self) -> None:
        while True:
            with self._lock:
                # a process that is being stopped leaves the rest to the next one
                if not self._queue or not threading.main_thread().is_alive():
                    self._threads -= 1
                    return
                run, pk = self._queue.popleft()
            close_old_connections()
            try:
                run(pk)
            except OperationalError:
                # the store is locked by a long import; whoever looks at the job next tries again
                log.warning("job %s could not be taken up", pk, exc_info=True)
            except Exception:
                log.exception("job %s", pk)
            finally:
                connection.close()


_pool = _Pool()


# ---------------------------------------------------------------- jobs of one kind


@dataclass(frozen=True, slots=True)
class Heart:
    """Signs of life of a job that is being worked on: of its rows, at most every second, and from a thread of
    its own during long steps without rows (sorting, storing)."""

    job: Any
    stop: threading.Event
    written: list[float]

    def progress(self, rows: int) -> None:
        if time.monotonic() - self.written[0] >= 1 and not connection.in_atomic_block:
            self.written[0] = time.monotonic()
            self._mine().update(progress=rows, beat_at=timezone.now())

    def _mine(self) -> Any:
        return type(self.job).objects.filter(pk=self.job.pk, worker=self.job.worker)

    def beat(self) -> None:
        try:
            while not self.stop.wait(SILENCE / 3):
                # on SQLite this waits for the importing transaction; then that one holds the lock and nobody
                # else can claim
                try:
                    self._mine().update(beat_at=timezone.now())
                except Exception:
                    log.warning("no sign of life could be written for job %s", self.job.pk, exc_info=True)
        finally:
            connection.close()


Progress = Callable[[int], None]


@dataclass(frozen=True)
class Work:
    """What is done with the jobs of ``model`` (a :class:`Leased`). ``check`` and ``store`` do it and
    return the columns to set; ``outcome`` gives the columns of a job that turns out to be done already,
    else None."""

    model: Any
    check: Callable[[Any, Progress], dict[str, Any]]
    store: Callable[[Any, Progress], dict[str, Any]]
    outcome: Callable[[Any], dict[str, Any] | None] = lambda _job: None

    def start(self, job: Any) -> None:
        """Work on the job in a thread, after the present transaction."""
        transaction.on_commit(lambda: _pool.add(self.run, job.pk))

    def run(self, pk: int) -> bool:
        """Do what the job is waiting for; False when there is nothing to do or another one is at it."""
        job = self.claim(pk)
        if job is None:
            return False
        heart = Heart(job, threading.Event(), [0.0])
        thread = threading.Thread(target=heart.beat, daemon=True)
        thread.start()
        try:
            act = self.store if job.status == JobStatus.IMPORTING else self.check
            changes = act(job, heart.progress)
        except QiangquError as error:
            changes = {"status": JobStatus.FAILED, "error": str(error)[:500]}
        except OperationalError:
            raise  # the lease runs out and the job is tried again
        except Exception:
            log.exception("job %s failed", pk)
            changes = {"status": JobStatus.FAILED, "error": CRASHED}
        finally:
            heart.stop.set()
            thread.join()
        mine = self.model.objects.filter(pk=pk, status=job.status, worker=job.worker)
        with transaction.atomic():
            if mine.update(beat_at=timezone.now(), worker="", attempts=0, **changes):
                self._told(job, changes)
        return True

    def _told(self, job: Any, changes: Mapping[str, Any]) -> None:
        job_ended.send(self.model, job=job, status=changes["status"], error=changes.get("error", ""))

    def claim(self, pk: int) -> Any:
        """The job, now of this process, or None when it is another's or needs nothing. A job that ended its
        process too often is given up.
        """
        job = self.model.objects.filter(pk=pk).first()
        if job is None or job.status not in RUNNING or not self.free(job):
            return None
        same = self.model.objects.filter(
            pk=pk, status=job.status, worker=job.worker, beat_at=job.beat_at, attempts=job.attempts
        )
        if job.attempts >= MAX_ATTEMPTS:
            changes = self.outcome(job) or {"status": JobStatus.FAILED, "error": INTERRUPTED}
            with transaction.atomic():
                given_up = same.update(worker="", **changes)
                if given_up:
                    self._told(job, changes)
            if given_up:
                log.error("job %s of %s was given up after %s attempts", pk, self.model.__name__, job.attempts)
            return None
        working = _CLAIMS[JobStatus(job.status)]
        if not same.update(status=working, beat_at=timezone.now(), worker=my_mark(), attempts=F("attempts") + 1):
            return None
        return self.model.objects.select_related("user").get(pk=pk)

    @staticmethod
    def free(job: Any, now: datetime | None = None) -> bool:
        """Whether nobody works on a job that should be worked on."""
        if job.beat_at is None or job.status in (JobStatus.WAITING, JobStatus.CONFIRMED):
            return True
        return job.beat_at < (now or timezone.now()) - timedelta(seconds=SILENCE) or is_gone(job.worker)

    def look_after(self, job: Any) -> Any:
        """Take up a job that nobody works on (its process was stopped). Called when somebody looks at it."""
        waited = job.beat_at or job.created_at
        queued = job.status in (JobStatus.WAITING, JobStatus.CONFIRMED)
        if (
            job.status in RUNNING
            and self.free(job)
            and not (queued and waited > timezone.now() - timedelta(seconds=SILENCE))
        ):
            self.start(job)
        return job

    def orphans(self, user: Any = None) -> list[Any]:
        """Jobs that somebody was working on and nobody is, of ``user`` or of all; and those that waited too
        long for their turn.
        """
        late = timezone.now() - timedelta(seconds=SILENCE)
        waiting = Q(status__in=(JobStatus.WAITING, JobStatus.CONFIRMED), created_at__lt=late)
        found = self.model.objects.filter(waiting | Q(status__in=(JobStatus.CHECKING, JobStatus.IMPORTING)))
        if user is not None:
            found = found.filter(user=user)
        return [job for job in found.order_by("id")[:200] if self.free(job)]

    def take_up(self) -> int:
        """Work on all orphans here and now (in ``qiangqu worker``); returns how many."""
        return sum(self.run(job.pk) for job in self.orphans())
