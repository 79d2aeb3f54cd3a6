"""CPU seconds until the program answers.

    python bench/cli_start.py [RUNS]

Prints, for help, a pure function and a command that needs the database's code, the user CPU seconds of the
process (best of RUNS, default 5) and the ratio to the floor: an interpreter that does nothing.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLAN = "到2030年，全区规模以上工业企业达到1500家，园区工业总产值突破8000亿元。（责任单位：自治区工业和信息化厅）\n"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import django.db.models'": ["-c", "import django.db.models"],
    "qiangqu --help": ["-m", "qiangqu", "--help"],
    "qiangqu plan compile --help": ["-m", "qiangqu", "plan", "compile", "--help"],
    "qiangqu plan compile plan.txt": ["-m", "qiangqu", "plan", "compile", "plan.txt"],
    "qiangqu plan status --help": ["-m", "qiangqu", "plan", "status", "--help"],
    "qiangqu gateway --help": ["-m", "qiangqu", "gateway", "--help"],
}


def seconds(arguments: list[str], folder: Path, runs: int) -> float:
    """Least user CPU seconds of several runs of ``python ARGUMENTS`` in ``folder``."""
    found = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QIANGQU_HOME": str(folder / "home")}
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True, capture_output=True)
        found.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
    return min(found)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plan.txt").write_text(PLAN, encoding="utf-8")
        measured = {shown: seconds(arguments, folder, runs) for shown, arguments in COMMANDS.items()}
    floor = measured["python -c pass"]
    print(f"{'':40} {'CPU s':>7} {'× floor':>8}")
    for shown, took in measured.items():
        print(f"{shown:40} {took:7.3f} {took / floor:8.1f}")


if __name__ == "__main__":
    main()
