"""One mail to one address: whatever text people gave becomes its subject and its body, never a header, a
second mail or another recipient.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.text import one_line

TIMEOUT = 10  # seconds
LONGEST_SUBJECT = 250


def works() -> bool:
    """Whether the installation has a mail server."""
    return bool(settings.EMAIL_HOST) or not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")


def send(address: str, subject: str, text: str) -> int:
    """Send it now; gives the number of mails that the server took.

    Raises InputError for what is not one address, OSError (as smtplib does) and ValueError (as Django does)
    when it could not be sent.
    """
    try:
        validate_email(address)
        if one_line(address) != address:
            raise ValidationError(
                "a line end or another invisible character, which the validator lets through at the end of a domain"
            )
    except ValidationError as error:
        raise InputError(_("“%(address)s”不是一个电子邮件地址") % {"address": one_line(address)[:80]}) from error
    message = EmailMessage(
        one_line(subject)[:LONGEST_SUBJECT],
        text.replace("\0", ""),
        settings.DEFAULT_FROM_EMAIL,
        [address],
        connection=get_connection(timeout=TIMEOUT),
    )
    return int(message.send() or 0)
