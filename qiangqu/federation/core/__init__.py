"""The protocol of nodes as functions without I/O: plain values in, plain values out.

No clock is read here, no chance taken and nothing stored: what a function needs of these it is given. So the
same code runs on Django's tables (:mod:`qiangqu.federation.storage`) and, thousands of lives of a tree of nodes
in a minute, in the model test (``tests/model.py``). Decision 22 tells how it works.
"""
