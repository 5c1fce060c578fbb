"""
What is owed to whom for a referral, and what became of it.

- ``reasons``: why something was or was not owed, as codes and sentences
- ``terms``: the rules and the facts as plain values; ``owed``: the pure function from both to
  what is owed and what is not
- ``states``: the ways from one state of a reward to the next; ``ledger``: the only door to
  change one
- ``facts``: the rules and the facts as they stand in the tables; ``reckon``: the difference
  between what is owed and the ledger, under lock; ``meet``: bring one reward to what is owed
- ``budgets``: what a program may cost
- ``merging``: what becomes of rewards when two contacts become one

Read first: ``owed.reckon_owed``, ``reckon.reckon_due``, ``ledger.change``.
"""
