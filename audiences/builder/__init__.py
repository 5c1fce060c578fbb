"""
The condition builder: a condition document as a form, and back, without losing a keystroke.

``tree.py`` is the document as nested groups and the edits on them, ``reading.py`` turns the
form's fields into that tree, ``showing.py`` turns the tree into what the template shows.

A condition is shown as a row of parts: ``parts.py`` has an entry for each kind; the parts are in
``controls.py``, ``times.py``, ``names.py``, ``comparisons.py``, ``sequences.py`` and ``ranks.py``.
``picker.py`` offers conditions by name. ``forms.ConditionField`` puts the builder into any form,
``trait_form.py`` shows the definition of a trait with the same parts.
"""
