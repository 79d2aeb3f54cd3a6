"""``case_moved(sender=Case, number, action)`` after the commit of every act: messages and other parts listen here."""

from django.dispatch import Signal

case_moved = Signal()
