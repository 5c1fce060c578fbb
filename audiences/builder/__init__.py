"""
The condition builder: a condition document as a form, and back, without losing a keystroke.

``tree.py`` is the document as nested groups and the edits on them, ``reading.py`` turns the
form's fields into that tree, ``showing.py`` turns the tree into what the template shows.
A condition is shown as a row of parts: ``parts.py`` has an entry for each kind, ``controls.py``,
``times.py``, ``names.py`` and ``comparisons.py`` the parts. ``forms.ConditionField`` puts it into any form.
"""
