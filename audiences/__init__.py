"""
Which contacts, computed how.

A rule is one tree of conditions. There is one parser, one compiler to SQL and one sentence
for it, and audiences, branches, goals and exits all use them.

Rooms, from the bottom up:

- ``conditions/``: the tree in plain Python: a file for each kind of condition, parse, operators,
  traits, compiler, describe; ``LANGUAGE.md`` says what each means
- ``models/``: audiences with their versions, memberships and the ledger of entries and exits,
  traits, what the clock waits for
- ``catalog``, ``states``, ``usage``: what a condition may mention; who needs an audience,
  a list or a trait
- ``merging``: what becomes of stays when two contacts become one
- ``builder/``: a condition as rows of a form, one edit at a time; ``builder/parts`` has an
  entry for each kind
- ``selection``: whom a condition selects: ids, counts, samples
- ``explain/``: why somebody is in an audience or is not, and what would change it
- ``distributions``, ``measuring``: the values that a trait gives everybody, looked at daily
- ``previews/``: what a rule that is being written comes to, how, and what looks wrong with it
- ``memberships/``: enter and leave, once, with a cause; ``live`` a moment after something
  has happened, ``clock`` when time alone turns a rule; ``judge`` is the heart of both
- ``definitions``, ``traits``: create, change, archive and delete audiences and traits
- ``starters``: rules to start from, with the names that are seen in the data
- ``forms``, ``trait_form``: the builder as a field that fits any form; the form of a trait
- ``tasks``: what the queue calls, three lines each
- ``admin/``: the lists of audiences and traits, the builder with its preview, impact before
  saving, why and nearly, past, overlap, versions, and what uses what
- ``demo``: audiences of a shop that does not exist

Read first: ``conditions.compiler.compile_node``, ``selection.count_contacts``,
``memberships.judge.judge``.
"""
