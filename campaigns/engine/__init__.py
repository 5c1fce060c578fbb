"""
Moves enrollments: in, along, and out.

- ``running``, ``versions``: campaigns held while something moves; what was published
- ``places``: where enrollments are due
- ``ending``: end a pass, and call back what has not left
- ``move``: write where a batch goes, with its journal
- ``goals``, ``notice``: goals and exits, before any step and as soon as something happens
- ``advance``: one batch, one transaction; a row that fails never stops the rest
- ``enroll``: who enters: members at the start, and moments afterwards
- ``lifecycle``: start, pause, resume, stop
- ``forecast``, ``explain``: who would enter; why somebody was (not) asked

State is rows with due times; a tick takes what is due. Time is passed in everywhere.
"""
