"""The folder of a node's data: its files belong to the user that runs the node, and to nobody else."""

import os
import sys
import tempfile
from pathlib import Path


def home_folder() -> Path:
    """Where this node's data lie: ``QIANGQU_HOME``, or ``var`` in the working directory."""
    return Path(os.environ.get("QIANGQU_HOME", Path.cwd() / "var")).resolve()


def made_once(path: Path, text: str) -> str:
    """The text of a file that is made with ``text``, readable by its owner only, when it is not there. Of
    several at once one wins, and all read the same."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:  # mode 600
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            pass
        finally:
            Path(file.name).unlink()
    return path.read_text().strip()


def sync_folder(folder: Path) -> None:
    """Put a folder's list of files on disk: a file that was renamed into it is there after a power failure
    only then.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def own_only(home: Path) -> None:
    """Take the rights of all others from ``home`` (700), and from what is in it (700, 600) when it was open
    until now.

    The folder comes first: once it is shut nobody gets at what is inside, however long the rest takes. Says
    so when another user owns it.
    """
    if not home.stat().st_mode & 0o077:
        return
    try:
        home.chmod(0o700)
        for folder, folders, files in os.walk(home):
            for name in folders:
                (Path(folder) / name).chmod(0o700)
            for name in files:
                path = Path(folder) / name
                if not path.is_symlink():
                    path.chmod(0o600)
    except FileNotFoundError:  # a file of a running node went away meanwhile
        pass
    except PermissionError as error:
        print(f"{home}：不能收紧权限（{error.strerror}），请以文件夹的所有者执行 chmod -R go= {home}", file=sys.stderr)
