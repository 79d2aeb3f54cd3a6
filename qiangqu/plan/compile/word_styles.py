"""Styles of a Word document: what hides or strikes out text, and the names that mark headings (ECMA-376 part
1, 17.7).
"""

from collections.abc import Iterator
from typing import Any

from .word_package import attribute, child, is_on, q, value

DEEPEST = 20  # styles that a style may be based on, one on the other


class Styles:
    """The styles of one document by their identifiers."""

    def __init__(self, root: Any) -> None:
        self.by_id: dict[str, Any] = {}
        self.default = ""
        self.defaults = child(root, "w:docDefaults", "w:rPrDefault", "w:rPr")
        self._toggles: dict[tuple[str, str], bool | None] = {}
        for style in root.iter(q("w:style")) if root is not None else ():
            key = attribute(style, "w:styleId") or ""
            self.by_id[key] = style
            if attribute(style, "w:type") == "paragraph" and attribute(style, "w:default") in ("1", "true", "on"):
                self.default = key

    def paragraph(self, key: str) -> Any:
        return self.by_id.get(key)

    def chain(self, key: str) -> Iterator[Any]:
        """A style and those that it is based on, the nearest first."""
        for _step in range(DEEPEST):
            style = self.by_id.get(key)
            if style is None:
                return
            yield style
            key = value(style, "w:basedOn") or ""

    def name(self, key: str) -> str:
        return value(self.by_id.get(key or self.default), "w:name") or ""

    def _says(self, key: str, toggle: str) -> bool | None:
        known = (key, toggle)
        if known not in self._toggles:
            found = (child(style, "w:rPr", toggle) for style in self.chain(key))
            node = next((one for one in found if one is not None), None)
            self._toggles[known] = None if node is None else is_on(node)
        return self._toggles[known]

    def effective(self, toggle: str, run: Any, paragraph_style: str, table_style: str = "") -> bool:
        """Whether a toggle property (``w:vanish``, ``w:strike``, ``w:dstrike``) holds for text with the
        properties ``run`` (a ``w:rPr`` or None).

        What stands on the text itself decides; else styles of an odd number of levels say so (17.7.3).
        """
        own = child(run, toggle)
        if own is not None:
            return is_on(own)
        base = child(self.defaults, toggle)
        if base is not None and is_on(base):
            return True
        keys = (table_style, paragraph_style or self.default, value(run, "w:rStyle") or "")
        return sum(bool(self._says(key, toggle)) for key in keys if key) % 2 == 1

    def hides(self, run: Any, paragraph_style: str, table_style: str = "") -> bool:
        """Whether text is not shown, or shown as struck out."""
        return any(
            self.effective(toggle, run, paragraph_style, table_style)
            for toggle in ("w:vanish", "w:strike", "w:dstrike")
        )
