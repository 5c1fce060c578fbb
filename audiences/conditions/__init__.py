"""
The condition language: one tree, one parser, one compiler to SQL, one sentence.

Plain Python; nothing here knows Django or reads the clock. ``LANGUAGE.md`` defines what each
condition means; ``kinds`` has a file for each, ``kind.py`` says what a kind must know of itself.
Comparisons are entries in ``operators.py``, spans of time are in ``windows.py``, computed values
in ``traits.py`` and ``values.py``. A condition is total: any contact with any data is selected
or not, and no value of anybody's data is ever an error.
"""
