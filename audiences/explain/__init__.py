"""
Why somebody is in an audience or is not, who nearly is, and who was.

``card.explain`` explains a contact and a rule: each condition with its answer, which comes
from the compiled condition itself, what was found, how far it is from holding
(``distance``), and when time alone will change it (``moments``). ``nearly`` lists people of
whom one condition is missing, ``past`` asks of another time, ``reasons`` says why that may differ, ``overlap`` counts the
intersections of audiences, ``differences`` compares two rules and ``graph`` shows what a rule
is made of and what uses it.
"""

from audiences.explain.card import Explanation, explain

__all__ = ["Explanation", "explain"]
