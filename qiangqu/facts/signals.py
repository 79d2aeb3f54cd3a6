"""What other parts can listen to."""

from django.dispatch import Signal

#: sent after the commit of new facts: ``sender=FactBatch, batch=FactBatch``. A receiver's failure is logged
#: and undoes nothing.
facts_added = Signal()
