"""
Stages that people pass through: who is where, and how many go on.

Rooms, from the bottom up: ``stages`` reads what people type, ``way`` is the statement that
finds out who came how far, ``report`` counts, ``edit`` keeps funnels.
"""
