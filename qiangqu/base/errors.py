"""Errors that are meant for people: one clear sentence that names the file, row or field and what to do."""


class QiangquError(Exception):
    """Base of every error whose message is shown to a user as it is.

    ``message`` is one Chinese sentence; ``where`` names the file, line, row or field when there is one.

    >>> str(QiangquError("数值不是数字，请改为数字", where="第3行 value"))
    '第3行 value：数值不是数字，请改为数字'
    """

    status = 400  # of the answer over HTTP

    def __init__(self, message: str, *, where: str = "") -> None:
        self.message = message
        self.where = where
        super().__init__(f"{where}：{message}" if where else message)


class InputError(QiangquError):
    """The input (file, row, field, expression, document) is wrong; nothing was written."""

    status = 422


class NotFoundError(QiangquError):
    """A code or key names nothing that exists (or nothing that the caller may see)."""

    status = 404


class ConflictError(QiangquError):
    """The same thing was changed by somebody else, or a repeat contradicts what is stored."""

    status = 409


class UsageError(QiangquError):
    """A command was called with wrong or missing arguments (exit code 2)."""
