"""What `qiangqu demo` shows: everything made up, and marked 模拟数据. Beside the platform, which knows it by
names in manifests only.
"""
