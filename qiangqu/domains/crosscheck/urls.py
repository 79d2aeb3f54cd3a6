from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists

from .listing import DOUBT_LIST
from .pages import DOUBT

urlpatterns = [
    *lists.urls(DOUBT_LIST, "crosscheck/doubts", require(Action.CROSSCHECK)),
    *DOUBT.urls("crosscheck/doubts/"),
]
