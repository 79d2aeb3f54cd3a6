"""Simulated devices, one module for each protocol: what they measure is made up (模拟数据). Used by ``qiangqu
simulate devices``, by tests and by the bench.
"""
