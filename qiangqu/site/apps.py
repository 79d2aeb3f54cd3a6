from django.apps import AppConfig

from qiangqu.base.naming import same_for_many

# Django reads this module before any models
same_for_many()


class SiteConfig(AppConfig):
    """The other parts need none of their own: this one wires them all from their manifests."""

    name = "qiangqu.site"

    def ready(self) -> None:
        from qiangqu.base.part import parts

        from .wiring import wire

        wire(parts())
