"""The virus scanner: a command of the operator's, asked about every upload before it is read.

``QIANGQU_VIRUS_SCANNER`` is its command line, with ``{file}`` where the path belongs (else it comes last):
``clamdscan --fdpass --no-summary {file}`` asks a running clamd. Exit status 0: clean, 1: harmful, any other:
it could not tell, and the file is refused. Without the setting nothing is scanned; ``/metrics`` says which.
"""

import logging
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

log = logging.getLogger(__name__)
SECONDS = 120
CLEAN, HARMFUL = 0, 1


def is_on() -> bool:
    """Whether files are scanned on this node."""
    return bool(settings.QIANGQU_VIRUS_SCANNER.strip())


def scan(file: IO[bytes], name: str) -> None:
    """Ask the scanner about a file. Raises InputError when it is harmful, and when the scanner does not
    answer.
    """
    if not is_on():
        return
    words = shlex.split(settings.QIANGQU_VIRUS_SCANNER)
    with tempfile.NamedTemporaryFile(prefix="qiangqu-scan-") as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        command = [word.replace("{file}", copy.name) for word in words]
        if command == words:
            command.append(copy.name)
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - the operator's own command
        except (OSError, subprocess.TimeoutExpired) as error:
            log.error("the virus scanner did not answer: %s", error)
            raise InputError(_not_scanned(), where=name) from error
    if done.returncode == CLEAN:
        return
    said = (done.stdout + done.stderr).decode(errors="replace").strip().replace("\n", " | ")[:500]
    if done.returncode == HARMFUL:
        log.warning("the virus scanner refused an upload: %s", said)
        raise InputError(_("病毒扫描认为这个文件有害，没有收下；请检查您的电脑，换一份干净的文件"), where=name)
    log.error("the virus scanner failed with status %s: %s", done.returncode, said)
    raise InputError(_not_scanned(), where=name)


def scan_path(path: Path) -> None:
    """The same of a file that an operator names on the command line: it too was sent by somebody."""
    with path.open("rb") as file:
        scan(file, path.name)


def _not_scanned() -> str:
    return _("病毒扫描没有完成，文件没有收下；请稍后再试，仍不行时请联系系统管理员")
