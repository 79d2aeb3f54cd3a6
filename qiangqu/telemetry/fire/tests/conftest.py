from qiangqu.telemetry.tests.conftest import *  # noqa: F403
