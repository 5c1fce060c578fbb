"""Words of the page and of the banner on which an ask is answered, in our languages."""

from pathlib import Path

from referrals.texts import load_words

FILE = Path(__file__).with_suffix(".json")
WORDS = load_words(FILE)
# What a program may say in its own words, and what marketers call it.
EDITABLE = {
    "question": "The question",
    "yes": "The button that says yes",
    "not_now": "The button that says not now",
    "never": "The button that says never",
    "note": "The note below the buttons",
}
