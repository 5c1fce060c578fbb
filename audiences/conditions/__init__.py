"""
The condition language: one tree, one parser, one compiler to SQL, one sentence.

Plain Python; nothing here knows Django or reads the clock. What each comparison means is
written in ``operators.py``, what a window means in ``windows.py``. A condition is total: any
contact with any data is selected or not, and no value of anybody's data is ever an error.
"""
