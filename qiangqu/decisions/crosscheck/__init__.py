"""Cross-check of reported figures by meters 数据核查: what an enterprise reports against the electricity, gas, water,
freight, insured staff and emissions that others have measured of it, and against its peers.

Pure functions: arrays in, flags out. :mod:`.panel` holds the arrays, :mod:`.model` what the meters say,
:mod:`.windows` figures too high for months on end, :mod:`.shifting` figures moved between months,
:mod:`.copying` figures carried over, :mod:`.line` figures kept below a threshold; :func:`.judging.judge` asks
all. Why so: docs/decisions/0023.
"""
