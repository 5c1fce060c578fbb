"""
What happens to whom, when, and did it help.

Rooms, from the bottom up:

- ``local_time``, ``event_names``, ``flows/``, ``emails/``, ``statistics``: plain Python: wall
  clocks, what we record, the flow as a tree, mails as blocks, intervals; ``widget``: the script
  of a product's pages
- ``starters/``: whole campaigns to start from, one file each
- ``models/``: campaigns and versions, moments, enrollments, asks, messages, tasks, incidents
- ``goals``: who has reached the goal, or met the exit condition
- ``usage``, ``consequences``: what campaigns need of lists and audiences, and what an import
  sets in motion
- ``pictures``: what mails show, kept as long as one may show it
- ``tested``: whether the example people of a draft come out as expected
- ``channels/``, ``guardrails/``: ways out, by mail and by connections to other systems; what may
  stop a send
- ``messaging/``, ``asks/``: render, decide, hand over, and never twice; answers and credit
- ``handwork/``: what people of ours do: tasks with ready words
- ``triggers/``: what lets people in, one file per kind
- ``steps/``, ``engine/``: one file per step kind; enroll, claim, advance, goals
- ``readiness``, ``draft_checks``: what is wrong with a draft; ``changing/``: what becomes of who is inside when a
  new version is published, and how that is taken back
- ``publishing``: from a draft to an immutable version; ``copying``: a draft like another one;
  ``beginnings``: a draft from a starter
- ``files/``: a campaign as one file, out and in
- ``scheduling``: a start at a chosen time
- ``merging``, ``forgetting``: what becomes of passes, asks and the budget when two contacts
  become one, and when one is forgotten
- ``tasks``: what the queue calls, three lines each
- ``seeing/``: why somebody was asked or was not, traces, previews of one person, and whether
  the books balance
- ``rehearsal/``: a draft on a past period, by the engine itself, in a world of its own
- ``step_forms/``, ``ask_form``, ``forms``, ``trigger_forms``, ``enroll_form``, ``reports/``: parts of
  a campaign as forms; counts that are counts of rows
- ``example_form``: what should happen to an example person
- ``admin/``, ``views/``: pages for marketers; the pages on which an ask is answered
- ``demo/``: campaigns of a shop that does not exist, lived through on a moved clock

Read first: ``engine.enroll.enroll_members``, ``engine.advance.advance_batch``,
``messaging.send.send_due``.
"""
