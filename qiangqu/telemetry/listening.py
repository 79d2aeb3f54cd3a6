"""The protocols that devices speak to the gateway: for each an option of ``qiangqu gateway`` says on which
port. A further one is a line here.
"""

from .fire import listener as fire
from .gateway.connection import ListenerKind
from .hj212 import listener as hj212
from .jt808 import listener as jt808

LISTENING: tuple[ListenerKind, ...] = (hj212.Listener, jt808.Listener, fire.Listener)
