"""Build ``dist/``: a source archive, the wheel made of it, and the lock file of the exact versions that were
tested. `make setup` must have been there: front-end files and compiled translations go in as they lie.

    .venv/bin/python tools/build_dist.py [--to FOLDER]

Both are built in an empty folder, so that nothing of an earlier build gets in. Everything that a wheel needs
is in the archive: it builds the same wheel without Node.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (
    "qiangqu",
    "qiangqu_demo",
    "deploy",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
    "requirements.lock",
)
NEEDED = ("qiangqu/ui/static/vendor/.built", "qiangqu/locale/en/LC_MESSAGES/django.mo")


def build(kind: str, source: Path, target: Path) -> Path:
    """Build the ``sdist`` or ``wheel`` of the folder ``source``; the file. Exits with what setuptools said."""
    code = f"import sys; from setuptools import build_meta; print(build_meta.build_{kind}(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, str(target)], cwd=source, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"build_dist: no {kind}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return target / done.stdout.split()[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="folder of the built files")
    target = parser.parse_args().to.absolute()
    for name in NEEDED:
        if not (ROOT / name).is_file():
            sys.exit(f"build_dist: {name} is missing; run make setup first")
    target.mkdir(parents=True, exist_ok=True)
    os.umask(0o022)  # what everybody may install is readable by everybody
    with tempfile.TemporaryDirectory(prefix="qiangqu-dist-") as folder:
        stage = Path(folder) / "stage"
        stage.mkdir()
        for name in SOURCES:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, stage / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
            else:
                shutil.copy(ROOT / name, stage / name)
        archive = build("sdist", stage, target)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        wheel = build("wheel", Path(folder) / archive.name.removesuffix(".tar.gz"), target)
    shutil.copy(ROOT / "requirements.lock", target / "requirements.lock")
    for path in (archive, wheel, target / "requirements.lock"):
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
