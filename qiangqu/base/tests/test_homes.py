"""The folder of a node's data and what is made in it once."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qiangqu.base.homes import made_once, own_only


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_of_many_at_once_one_wins_and_all_read_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: made_once(tmp_path / "key", f"key {n}"), range(40)))
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert mode(tmp_path / "key") == 0o600
    assert made_once(tmp_path / "key", "other") == found[0]


def test_an_open_folder_is_shut_with_what_is_in_it(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o644)
    home = tmp_path / "home"
    (home / "lake").mkdir(parents=True)
    (home / "lake" / "a").write_text("x")
    (home / "link").symlink_to(outside)
    for path in (home, home / "lake", home / "lake" / "a"):
        path.chmod(0o777)
    own_only(home)
    assert [mode(path) for path in (home, home / "lake", home / "lake" / "a")] == [0o700, 0o700, 0o600]
    assert mode(outside) == 0o644


def test_a_shut_folder_is_not_walked(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "a").touch()
    os.chmod(home / "a", 0o640)  # noqa: PTH101
    own_only(home)
    assert mode(home / "a") == 0o640  # nobody else gets at it
