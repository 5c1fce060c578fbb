"""Words of the page and of the banner on which an ask is answered, in our languages."""

from pathlib import Path

from referrals.texts import load_words

FILE = Path(__file__).with_suffix(".json")
WORDS = load_words(FILE)
