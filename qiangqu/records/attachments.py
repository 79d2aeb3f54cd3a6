"""Files of records: put with a record, taken off, given out to whoever sees the record."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import visible

from . import store
from .checking import CheckedFile
from .fields import attachments_of
from .models import Attachment


def _files_of(owner: Model) -> Any:
    """The manager of a record's files. Raises TypeError for a model that declares none."""
    field = attachments_of(type(owner))
    if field is None:
        raise TypeError(f"{type(owner).__name__} declares no Attachments")
    return getattr(owner, field.name)


def attach(
    owner: Model, files: Sequence[CheckedFile], user: Any, *, at: dt.datetime | None = None, about: str = ""
) -> list[Attachment]:
    """Put files with a record, in the caller's transaction. ``user`` None: the public; ``about``: to what in
    the record they belong.

    The bytes are on disk before the rows are committed: a row never names a file that is not there. Raises
    InputError when the record would have too many.
    """
    if not files:
        return []
    manager = _files_of(owner)
    _room_for(owner, len(files), files[0].name)
    made = []
    for file in files:
        store.keep(file.data, file.sha256)
        made.append(
            manager.create(
                name=file.name, content_type=file.content_type, size=len(file.data), sha256=file.sha256, by=user,
                at=at or timezone.now(), about=about, simulated=bool(getattr(owner, "simulated", False)),
            )
        )  # fmt: skip
    return made


def share(files: Iterable[Attachment], owner: Model) -> None:
    """Let another record have the same files, of whoever put them in; those that it has already are left.
    Raises InputError when the record would have too many.
    """
    manager, had = _files_of(owner), set(_files_of(owner).values_list("sha256", "name"))
    new = list({key: file for file in files if (key := (file.sha256, file.name)) not in had}.values())
    _room_for(owner, len(new), new[0].name if new else "")
    for file in new:
        manager.create(
            name=file.name, title=file.title, content_type=file.content_type, size=file.size, sha256=file.sha256,
            by=file.by, at=timezone.now(), simulated=bool(getattr(owner, "simulated", False)),
        )  # fmt: skip


def _room_for(owner: Model, more: int, first: str) -> None:
    """Raises InputError when a record would have too many files with ``more`` of them."""
    field = attachments_of(type(owner))
    assert field is not None
    had = _files_of(owner).filter(removed_at=None).count() if more else 0
    if had + more > field.most:
        words = {"most": field.most, "had": had, "more": more}
        raise InputError(_("最多 %(most)s 个附件：已有 %(had)s 个，不能再放入 %(more)s 个") % words, where=first)


def remove(file: Attachment) -> bool:
    """Take a file off its record; False when it was off already. Row and bytes stay: what was decided with
    it, was decided with it.
    """
    if file.removed_at is not None:
        return False
    file.removed_at = timezone.now()
    file.save(update_fields=["removed_at"])
    return True


def attachment_for(viewer: Any, uid: UUID) -> Attachment:
    """A file whose record the viewer sees. Raises NotFoundError for one that is not there and one that is not
    his to see.
    """
    found = Attachment.objects.select_related("owner_type").filter(uid=uid).first()
    if found is None or not _sees(viewer, found):
        raise NotFoundError(_("没有这个文件，或它不在您的管辖范围内"), where=str(uid))
    return found


def earlier_attachment(viewer: Any, kind: str, number: int) -> Attachment:
    """A file that release 0.1.0 called by ``number`` among its files of cases, documents, meetings or evidence.
    Raises NotFoundError for one that is not there and one that is not his to see.
    """
    found = Attachment.objects.select_related("owner_type").filter(earlier=f"{kind}:{number}").first()
    if found is None or not _sees(viewer, found):
        raise NotFoundError(_("没有这个文件，或它不在您的管辖范围内"), where=str(number)[:20])
    return found


def _sees(viewer: Any, file: Attachment) -> bool:
    """The rule of :meth:`Attachment.visible_to` asked of one file: of its one record, however many there
    are.
    """
    model: Any = file.owner_type.model_class()
    if model is None or attachments_of(model) is None:
        return False
    return bool(visible(model._default_manager.filter(pk=file.owner_id), viewer).exists())
