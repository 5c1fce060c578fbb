"""
Moves enrollments: in, along, and out.

- ``running``, ``versions``: campaigns held while something moves; what was published
- ``places``: where enrollments are due
- ``ending``: end a pass, and call back what has not left
- ``move``: write where a batch goes, with its journal
- ``goals``, ``notice``: goals and exits, before any step and as soon as something happens
- ``advance``: one batch, one transaction; a row that fails never stops the rest
- ``entry``: let moments in: each enrolls, is refused with a reason, or waits and is shown
- ``enroll``, ``by_hand``: members at the start, moments afterwards; lists, imports, programs
- ``moments``: the books: moments = enrolled + refused + waiting
- ``reaching``: which goals were reached, each once for a pass, and what they are credited to
- ``lifecycle``: start, pause, resume, stop; ``resuming``: the two ways to go on after a pause
- ``closing``: let nobody in any more, and finish; ``archive``: out of sight
- ``braking``: a ramp that pauses itself on complaints and bounces
- ``history``: lock a campaign, and remember who changed it
- ``forecast``, ``explain``: who would enter; why somebody was (not) asked

State is rows with due times; a tick takes what is due. Time is passed in everywhere.
"""
