from django.db import models
from django.utils.translation import gettext_lazy as _

from .codelists import RecognitionKind
from .history import RegisterRecord
from .organisation import Organisation


class Recognition(RegisterRecord):
    """Recognition 认定: an organisation holds a title from ``valid_from`` to ``valid_to``. Most "cultivate N"
    targets count these.
    """

    kind = models.ForeignKey(RecognitionKind, models.PROTECT, related_name="recognitions", verbose_name=_("类别"))
    holder = models.ForeignKey(Organisation, models.PROTECT, related_name="recognitions", verbose_name=_("单位"))
    subject_name = models.CharField(_("认定对象"), max_length=200, blank=True, help_text=_("平台、车间、场景等的名称"))
    certificate = models.CharField(_("证书编号"), max_length=60, blank=True)
    document_number = models.CharField(_("认定文号"), max_length=80, blank=True)

    area_lookup = "holder__area__path"
    organisation_lookup = "holder_id"
    travels_by = ("kind", "holder", "valid_from", "subject_name")

    class Meta:
        verbose_name = _("认定")
        ordering = ["kind__code", "valid_from", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "holder", "valid_from", "subject_name"], name="recognition_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.subject_name or self.holder}"
