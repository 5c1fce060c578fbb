"""
A draft on a past period: who would have been asked, by the engine itself, with no side effects.

A rehearsal has a world of its own. ``tables`` opens it: a connection of its own in which
temporary tables go by the names of the real ones, so that every statement of the engine finds
them; on everything else it may only read, and PostgreSQL sees to that. ``beginning`` fills them
with the world as it was when the period began, ``coming`` lays out what happened from then on,
and ``feeding`` lets it happen. ``ticking`` is one turn of the engine, by the functions that the
workers call; ``pacing`` says when the next one is due. ``world`` puts these together.

``results`` reads what came of it, ``running`` is the work behind the page: requested, taken up by
a process of its own, kept.

Read first: ``world.rehearse``, ``tables.open_world``, ``ticking.tick``.
"""
