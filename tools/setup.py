"""Set up a checkout: virtual environment, packages, front-end assets, translations. Standard library only; a
second run takes a second.

python3 tools/setup.py            # what `make demo` needs
python3 tools/setup.py --dev      # and what `make test` and `make lint` need
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STARTED = time.monotonic()


def say(text: str) -> None:
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", file=sys.stderr, flush=True)


def run(command: list[str]) -> None:
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode:
        print(result.stdout[-6000:], file=sys.stderr)
        sys.exit(f"setup: this command failed with exit code {result.returncode}: {' '.join(command)}")


def fingerprint(*names: str) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in names:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def install_packages(lock: str) -> None:
    """The exact packages of ``lock``, checked by their hashes, and the program itself in place."""
    stamp = VENV / f".installed-{lock}"
    wanted = fingerprint("pyproject.toml", lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever python3 the machine has
        sys.exit(f"setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    if not PYTHON.exists():
        say("making the virtual environment .venv")
        run([sys.executable, "-m", "venv", str(VENV)])
    say("installing Python packages (the first time some minutes, mostly download)")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", lock])
    run([*pip, "--no-deps", "--no-build-isolation", "-e", "."])
    stamp.write_text(wanted)


PROGRAMS = (
    # what the tests look for, what Debian calls it, what is missing without it
    (("chromium", "chromium-browser", "google-chrome"), ("chromium", "fonts-noto-cjk"), "the browser tests"),
    (("mosquitto", "/usr/sbin/mosquitto"), ("mosquitto", "mosquitto-clients"), "the MQTT tests"),
    (("nginx", "/usr/sbin/nginx"), ("nginx",), "the tests behind a proxy"),
)


def install_programs() -> None:
    """Debian's Chromium, mosquitto and nginx for the tests, where this user may install them."""
    missing = [
        (packages, tests) for names, packages, tests in PROGRAMS if not any(shutil.which(name) for name in names)
    ]
    if not missing:
        return
    packages = [package for listed, _tests in missing for package in listed]
    if os.geteuid() or not shutil.which("apt-get"):
        tests = " and ".join(name for _listed, name in missing)
        say(f"no right to install programs: {tests} will be skipped (apt-get install {' '.join(packages)})")
        return
    say(f"installing Debian's {', '.join(packages)}")
    run(["apt-get", "update", "-qq"])
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    run(["env", "DEBIAN_FRONTEND=noninteractive", *install, *packages])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--dev", action="store_true", help="also the test and lint tools, a browser, a broker and a proxy"
    )
    arguments = parser.parse_args()
    install_packages("requirements-dev.lock" if arguments.dev else "requirements.lock")
    if arguments.dev:
        install_programs()
    for tool in ("build_assets.py", "build_messages.py"):
        run([str(PYTHON), str(ROOT / "tools" / tool)])
    say("ready")


if __name__ == "__main__":
    main()
