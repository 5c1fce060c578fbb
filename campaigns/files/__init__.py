"""
A campaign as one file: to keep in a repository, to show to somebody, to take elsewhere.

The file is JSON that people can read and change::

    {
      "format": "greenlight-campaign",
      "version": 1,
      "campaign": {
        "name": "Spring ask", "program": "Friends of Fernweh", "priority": 50,
        "trigger": {…}, "steps": […], "goal": {…}, "goals": […], "exit": {…}, "settings": {…},
        "guardrails": {…}
      },
      "needs": {
        "audiences": {"Promoters": {"description": "", "rule": {…}, "counts_from": null}},
        "lists": {"Spring": {"description": "", "everybody": false}},
        "traits": {"Spent in 90 days": {"description": "", "definition": {…}}},
        "campaigns": ["Autumn ask"],
        "users": ["maria"],
        "connections": ["CRM"]
      }
    }

The parts of the campaign are those of ``campaigns.flows.definition``, its draft, with names
where numbers stand there. What it names of audiences, lists and traits is explained under
``needs``, with all that those name in turn, so that what is missing elsewhere can be made there.
No people are in it, no secrets, and nothing that happened.

``shapes`` and ``document_shapes`` say what a file may look like, ``write`` makes one, ``read``
understands one or says what is wrong with it, ``matching`` finds what of its needs is here, and
``bring_in`` makes a campaign of it, or an edit of one.
"""
