"""
Tracking plans: what should come, what to do where it does not, and repairs.

Rooms, from the bottom up: ``patterns``, ``rules`` and ``steps`` are plain Python; ``check``
is what the drain calls with each batch; the others are what the pages call: ``edit``,
``rows`` and ``sheets`` for the grid and its file, ``traffic`` for a plan from what came,
``violations`` for how plans are broken, ``repairs`` for putting messages right.
"""
