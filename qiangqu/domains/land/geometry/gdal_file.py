"""Reads one file of outlines with GDAL and writes what it holds as JSON. A program of its own: what people upload
is hostile, and a fault in the reading of it ends this process only, within bounds of memory and time.

    python -P gdal_file.py FILE FEATURES        # at most so many features are read
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY = 4 << 30
SECONDS = 120


def _encoding(path: Path) -> str | None:
    """GBK for a shapefile that does not say how its texts are written and whose texts are no UTF-8."""
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists() or path.with_suffix(".CPG").exists():
        return None
    table = next((one for one in path.parent.iterdir() if one.suffix.lower() == ".dbf" and one.stem == path.stem), None)
    if table is None:
        return None
    try:
        table.read_bytes().decode("utf-8", errors="strict")
    except UnicodeDecodeError as fault:
        # the head of the table holds binary numbers: what counts are its names and rows, from the 33rd byte on
        try:
            table.read_bytes()[32:].decode("utf-8")
        except UnicodeDecodeError:
            return "GB18030" if fault else None
    return "UTF-8"


def _layers(path: Path) -> list[tuple[str, str]]:
    import pyogrio

    return [(str(name), str(kind or "")) for name, kind in pyogrio.list_layers(path)]


def read(path: Path, most: int) -> dict[str, Any]:
    import pyogrio

    layers = _layers(path)
    shaped = [name for name, kind in layers if "Polygon" in kind] or [name for name, kind in layers if kind]
    if not shaped:
        return {"layers": [name for name, _kind in layers], "rows": []}
    meta, _ids, shapes, columns = pyogrio.raw.read(
        path, layer=shaped[0], force_2d=True, max_features=most + 1, encoding=_encoding(path), datetime_as_string=True
    )
    fields = [str(name) for name in meta["fields"]]
    rows = []
    for at, shape in enumerate(shapes):
        values = {name: _plain(columns[number][at]) for number, name in enumerate(fields)}
        rows.append({"shape": shape.hex() if shape is not None else "", "values": values})
    return {"layers": shaped, "crs": meta["crs"] or "", "fields": fields, "rows": rows}


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return value if value == value else None
    return value if value is None or isinstance(value, (int, str, bool)) else str(value)[:200]


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    json.dump(read(Path(sys.argv[1]), int(sys.argv[2])), sys.stdout)
