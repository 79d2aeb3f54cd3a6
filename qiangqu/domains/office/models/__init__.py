"""Records of office work."""

from . import documents, meetings

__all__ = ["documents", "meetings"]
