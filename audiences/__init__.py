"""
Which contacts, computed how.

A rule is one tree of conditions. There is one parser, one compiler to SQL and one sentence
for it, and audiences, branches, goals and exits all use them.

Rooms, from the bottom up:

- ``conditions/``: the tree in plain Python: nodes, parse, operators, compiler, describe
- ``models/``: audiences, memberships and the ledger of entries and exits
- ``catalog``: what a condition may mention
- ``selection``: whom a condition selects: ids, counts, samples
- ``memberships/``: enter and leave, once, with a cause
- ``admin/``: the audience list and the condition builder

Read first: ``conditions.compiler.compile_condition``, ``selection.count_contacts``,
``memberships.refresh.refresh_audience``.
"""
