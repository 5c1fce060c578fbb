"""
What a rule that is still being written selects, how it comes to that, and what looks wrong.

``limits`` counts in time, ``waterfall`` counts each condition after the other, ``thresholds``
shows what a number divides. ``contradictions`` and ``advice`` say what looks wrong, from what
the rule ``mentions``; ``effects`` says what a change does before it is saved.
"""
