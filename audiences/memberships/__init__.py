"""
Who is in which audience: entering and leaving, once each, with a cause.

``refresh.py`` compares a rule with the members and writes the difference, ``schedule.py`` says
when an audience is looked at again, ``fill.py`` does it in the background after a rule was
made or changed, and ``live.py`` at once for the contacts to whom something has happened that
a rule waits for, which ``watch.py`` keeps in step with the rules. ``forecast.py`` says whom
past events would bring in before they are imported.
"""
