"""What is kept is on disk when the row that names it is committed."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from qiangqu.records import store


def test_the_folders_of_a_kept_file_are_put_on_disk_too(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[Path] = set()
    monkeypatch.setattr(store, "sync_folder", synced.add)
    data = b"words"
    sha256 = hashlib.sha256(data).hexdigest()
    store.keep(data, sha256)
    place = store.path_of(sha256)
    root = Path(settings.MEDIA_ROOT)
    # the file's own folder, and what holds each folder that was made for it
    assert synced == {place.parent, root / "files", root, root.parent}
    assert store.read(sha256, "a.txt") == data
    synced.clear()
    other = b"more words"
    store.keep(other, hashlib.sha256(other).hexdigest())
    assert root.parent not in synced and (root / "files") in synced
    assert [one.name for one in place.parent.iterdir()] == [sha256]
