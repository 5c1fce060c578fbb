"""How advocates and friends are spoken to, the same on every page and in every mail."""

import json
import re
from pathlib import Path

import pytest

from campaigns.emails.starters import STARTERS
from campaigns.emails.words import WORDS as MAIL_WORDS
from campaigns.views.words import WORDS as ANSWER_WORDS
from referrals.texts import LANGUAGES

UNSUBSCRIBE = Path(__file__).parent.parent / "contacts/views/unsubscribe.json"
# Words that only somebody who uses the other form of address would write.
OTHER_FORM = {
    "de": r"du|dich|dir|dein\w*|euch|euer|eure\w*|ihr dürft|magst|frag|heb|lass|öffne",
    "fr": r"tu|te|toi|ton|tes",
    "es": r"usted|ustedes|pulse|abra|guarde|escriba",
}


def texts_in(language):
    starters = [
        starter.content["variants"].get(language, {}) for starter in STARTERS.values()
    ]
    return {
        "share page": LANGUAGES[language],
        "answer page": ANSWER_WORDS[language],
        "mail": vars(MAIL_WORDS[language]),
        "starters": starters,
        "unsubscribe page": json.loads(UNSUBSCRIBE.read_text())[language],
    }


@pytest.mark.parametrize("language", OTHER_FORM)
def test_everybody_is_spoken_to_in_one_form(language):
    other_form = re.compile(rf"\b({OTHER_FORM[language]})\b", re.IGNORECASE)

    found = {
        where: other_form.findall(json.dumps(texts, ensure_ascii=False))
        for where, texts in texts_in(language).items()
    }

    assert found == dict.fromkeys(found, [])
