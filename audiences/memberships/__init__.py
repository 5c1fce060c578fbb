"""
Who is in which audience: entering and leaving, once each, with a cause.

``judge.py`` looks at contacts in every audience that what happened concerns (``rules.py`` says
which those are, ``looking.py`` computes the conditions) and has the difference written by
``ledger.py``. Called by ``live.py`` for those to whom something has happened, by ``clock.py``
for those for whom a moment has come, and by ``refresh.py`` for a whole audience: in the
background after its rule was made or changed (``fill.py``), of which ``telling.py`` says who
is told, and else rarely (``schedule.py``).

``watch.py`` and ``heads.py`` keep what is waited for in step with the rules, ``dates.py`` the
moments that attributes hold. ``hand.py`` keeps an older look from overwriting a newer one.
``impact.py`` says what a change would do before it is saved, ``forecast.py`` whom past events
would bring in before they are imported.
"""
