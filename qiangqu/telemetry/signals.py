"""What other parts can listen to.

``alarms_raised(sender=Alarm, alarms)`` inside the transaction of the pass that raised them (new ones, and such as were
raised again). A receiver's failure is logged and keeps no alarm from being stored: what it writes it writes in a
transaction of its own (a savepoint).
"""

from django.dispatch import Signal

alarms_raised = Signal()
