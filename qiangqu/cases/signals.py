"""What other parts listen to.

``case_moving(sender=Case, act)`` inside the transaction of every act, after the case has moved: a part that
keeps a record behind the case (a document, a permit) brings it in line here; an exception undoes the act.
``case_moved(sender=Case, number, action)`` after the commit.
"""

from django.dispatch import Signal

case_moving = Signal()
case_moved = Signal()
