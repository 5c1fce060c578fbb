"""
Whether a friend is a friend: scored, explained and held, never silently refused.

Plain Python, no tables:

- ``likeness``, ``known``, ``words``: mailboxes and names compared, what everybody knows, how
  findings are told
- ``facts``: what is known of a referral when it is judged
- ``checks/``: one file for each check, with the table of what they do
- ``policy``, ``verdict``: what a program does with findings, and what comes of them

With tables:

- ``signals``: what people leave behind, kept as keyed hashes
- ``rings``: ways through people, over referrals and what they share
- ``gather``: the facts of many referrals at once
- ``policies``: read for judging, saved by a person
- ``outcome``, ``judge``, ``nightly``: verdicts written, for what is due and for all once a day
- ``decide``: what a person decides, which stays
- ``effects``, ``whatif``, ``queue``: what a decision and other settings would do, and what waits
- ``demo``: a few friends who are not what they seem

Rewards know nothing of this but the referral's ``fraud_state``. Read first: ``verdict.rule``,
``judge.judge_batch``, ``decide.decide``.
"""
