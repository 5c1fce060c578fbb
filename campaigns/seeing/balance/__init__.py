"""
The books balance: what must be so whatever happened, counted again from the raw rows.

Each ``Law`` is an equation of counts, or rows that must not be there, or both. Nothing here uses
the code that it checks: ``laws`` is plain SQL over the tables, ``chains`` follows the journal of
passes through the flow, ``reports`` counts again what the reports show. ``books.balance`` asks
all of them; off by one is red, with the rows behind it.

A person who became one with another keeps the rows of both, and may so have what one alone may
not: such people are left out where it matters, and only there.
"""
