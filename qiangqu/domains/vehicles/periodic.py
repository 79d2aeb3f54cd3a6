import datetime as dt


def judge_positions(now: dt.datetime) -> str:
    """What came since the last time, judged (a job of ``qiangqu worker``)."""
    from .judging import judge

    done = judge(round(now.timestamp() * 1000))
    return f"围栏事件 {done.crossings}，改判 {done.withdrawn}" if done.crossings or done.withdrawn else ""
