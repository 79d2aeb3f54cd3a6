"""What documents hang into the platform: menu entries, words of the audit trail."""


def register() -> None:
    """Called once when the app is ready."""
