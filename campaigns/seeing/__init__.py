"""
Why somebody was asked, or was not; what would happen; and whether the books balance.

Nothing here decides anything of its own. ``scratch`` lets production code run in a transaction
that is always taken back; ``rewind`` puts one contact back to how he was at a moment;
``journey`` sends him through a flow with the clock moved on; ``verdicts`` asks every guardrail;
``entrance`` says whether the trigger would let him in. ``why`` puts these together to one
answer, ``trace`` tells what a pass has done. ``balance`` recounts the books from raw rows.
``examples`` sends people of whom something is expected through the draft, and ``never_taken``
finds the sides that nobody takes.

Read first: ``journey.travel``, ``why.ask_why``.
"""
