"""What parts above offer to do about a subject on its page in a scheme: they join ``schemes.acts``."""

from typing import Any

from qiangqu.base.part import Reference

_links: dict[str, Reference] = {}


def join(name: str, link: Reference) -> None:
    """``link(user, record, scheme)`` gives (words, address), None where there is nothing to do for the user."""
    _links[name] = link


def links_of(user: Any, record: Any, scheme: Any) -> list[tuple[str, str]]:
    """Words and addresses of what the user may do about a record, an organisation or an area."""
    made = (link.get()(user, record, scheme) for link in _links.values())
    return [one for one in made if one is not None]
