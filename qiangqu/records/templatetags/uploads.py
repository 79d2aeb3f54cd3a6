"""The field with which every form takes files."""

from typing import Any

from django import template

from ..checking import CONTENT_TYPES, MAX_BYTES, MAX_FILES

register = template.Library()


@register.inclusion_tag("records/upload.html")
def upload_field(name: str, label: str, of: Any = "", most: int = MAX_FILES) -> dict[str, Any]:
    """A field for several files: ``name`` in the form, of what on the page where there are several, how many
    at once.
    """
    return {
        "name": name,
        "label": label,
        "id": f"files-{of}" if of else "files",
        "most": most,
        "accept": ",".join(CONTENT_TYPES),
        "max_mb": MAX_BYTES // 1024 // 1024,
    }
