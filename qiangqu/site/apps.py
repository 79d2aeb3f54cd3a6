from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The other parts need none of their own: this one wires them all from their manifests."""

    name = "qiangqu.site"

    def ready(self) -> None:
        from qiangqu.base.part import parts

        from .wiring import wire

        wire(parts())
