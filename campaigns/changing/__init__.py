"""
What becomes of people in flight when a new version is published.

- ``standing``: who stands where on an older version, and where an action would put him: one text
  of SQL that both the counting and the doing use
- ``plan``: which actions there are for each place, and what each would do, in numbers
- ``carry_out``: does it in the background, some contacts at a time
- ``take_back``: puts the former version back within ten minutes, and whom the plan moved

Nobody gets the same mail twice by being moved: ``engine.again`` sends past it who has had it.
"""
