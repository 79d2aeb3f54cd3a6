"""One reader of expressions for the whole platform.

Formulas, alarm rules, conditions of cases and rules of forms are read here and nowhere else: :mod:`.reading`
makes a text a tree in which every node is on the list of the user's :class:`~.reading.Profile`;
:mod:`.python` reads the conditions that process designers write in Python into the same tree; :mod:`.values`
works a tree out over plain data. Whoever wants SQL writes it from the tree. Nothing is ever handed to
``eval``.

The syntax is that of SQL expressions: ``scale = 'above' AND value > 0``, ``BETWEEN``, ``IN``, ``CASE WHEN …
THEN … END``. What a text may be long, deep and great is bounded before it is parsed.
"""
