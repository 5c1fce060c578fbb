"""
What a mail says, as plain data: blocks or MJML, in several languages; no Django in here.

::

    {
      "default_locale": "en",
      "variants": {
        "en": {
          "subject": "", "preheader": "",
          "mode": "blocks" | "code",
          "blocks": [{"kind": "text", "text": "…"}, …],
          "mjml": ""
        }
      },
      "compiled": {"en": {"html": "…", "text": "…"}}      once it is published
    }

Texts may hold Liquid. ``blocks/`` has one file per kind of block, ``layout`` puts a variant
together with the footer that nobody can remove, ``mjml`` checks and converts, ``liquid`` parses
and renders within limits, ``checks`` says in sentences what is wrong.
"""
