"""
Who is who: what names people, why two names mean one person, merging and parting.

Rooms, from the bottom up:

- ``guards``, ``partition``: what names nobody, and who is who from the links alone; plain
  Python, the same for every order of arrival
- ``tables``, ``check``, ``rows``, ``move``, ``pointers``, ``combining``: what each table about
  people declares, and how its rows go from one contact to another
- ``lock``, ``components``: one at a time decides; what hangs together by links
- ``journal``, ``merge``, ``part``: two contacts become one, or one becomes two
- ``settle``, ``undo``: contacts brought in line with the links; a merge taken back
- ``sightings``, ``resolve``: what a batch of messages says about who is who
- ``find``, ``by_hand``, ``combine``: what pages and imports ask for; the rows of our own
  tables that exclude each other
- ``strays``, ``whereabouts``: what was written about a contact, and what leads to one, while
  it became a part of another
- ``story``: why, in sentences

Read first: ``partition.partition``, ``resolve.resolve``, ``merge.merge_contacts``.
"""
