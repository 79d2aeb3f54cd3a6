"""Meetings 会议 with minutes and tasks, and the calendar 日程."""
