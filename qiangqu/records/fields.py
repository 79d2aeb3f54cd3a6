"""How a model says that its records have files, or that they take numbers."""

from typing import Any

from django.contrib.contenttypes.fields import GenericRelation


class Attachments(GenericRelation):
    """Files of a record: ``files = Attachments(most=30)``. Whoever sees the record sees them; deleting it
    deletes their rows.

    ``most`` is how many a record may have at a time.
    """

    def __init__(self, *, most: int = 200, **options: Any) -> None:
        self.most = most
        super().__init__("records.Attachment", object_id_field="owner_id", content_type_field="owner_type", **options)


def attachments_of(model: Any) -> Attachments | None:
    """The declaration of a model; None for one whose records have no files."""
    return next((one for one in model._meta.private_fields if isinstance(one, Attachments)), None)
