"""
Who brought whom.

Rooms, from the bottom up:

- ``event_names``, ``codes``, ``money``, ``sharing``, ``standard_stages``, ``slugs``, ``robots``,
  ``tags``, ``theme``: words and rules, no tables
- ``texts``: the words of the public pages, a file per topic with all languages; give a view's
  context ``language``, ``direction``, ``texts`` and ``program`` (for its look)
- ``models/``: programs, advocates and their codes, visits, referrals with their milestones
  and refunds, what events mean, preferences, keys
- ``clues``: what messages bring along that names an advocate, written down as it comes
- ``setbacks``: work that failed for one person stands aside, and is tried again
- ``links``: where a code leads, and where it must not; ``arrivals``: what a request says of who
  makes it
- ``showing``: who has agreed to be named to the other, an advocate or a friend
- ``advocates``, ``preferences``, ``endpoint_keys``, ``programs``, ``blocking``: operations on one of
  these; ``cards``, ``qr``: a link as a picture; ``link_numbers``, ``generations``: counts
- ``traps``: a link that only machines follow; ``naming``: names of links, for ever
- ``wording``: ``localized(program, *locales)`` speaks the nearest language of a program
- ``pages``: what the public pages show of a program
- ``claims``, ``visits``, ``shares``: what friends bring along, what comes through a link
- ``landing``: what a friend finds behind a link; ``offer_mails``: the offer by mail;
  ``waiting_visits``: visits that are committed first and judged a moment later;
  ``visit_buffer``: visits that are kept in a file first
- ``visit_counts``: how many visits there were, also where there are many millions
- ``states``: what rules may ask of somebody's being an advocate and of being asked
- ``merging``: what becomes of links, visits and referrals when two contacts become one
- ``sentences``: our events, as a contact's page tells them
- ``rewards/``: what is owed to whom, and the ledger of what became of it
- ``attribution/``: from a click or a code to the one advocate who gets the credit, and what
  the friend did since
- ``fraud/``: whether a friend is a friend: checks, verdicts, rings, what people decide
- ``notices``: word to all advocates of a program, told bit by bit
- ``intros/``: a note to forward, and a friend who is asked before anything is known of him
- ``conversions``: what a shop's server reports
- ``reward_forms``, ``delivery_forms``, ``fraud_form``: promises, budgets, coupons, account
  credit and fraud checks as forms
- ``portal/``: what the own pages of advocates and friends show, and the ways into them; ``mailing``: how apps
  above send the mails that people ask for there
- ``previews``: every public page in each state, with made-up people; register yours
- ``forms``, ``link_forms``, ``look_forms``: programs, links, destinations and keys as forms
- ``admin/``, ``views/``: pages for marketers (those of a program are tabs:
  ``admin.program_tabs``); the link, the share page, the endpoint
- ``demo``: advocates and friends of a shop that does not exist

Read first: ``advocates.enroll_advocates``, ``visits.record_visit``,
``attribution.attribute_referral``.
"""
