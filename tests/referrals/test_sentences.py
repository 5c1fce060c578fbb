import pytest

from contacts.sentences import event_icon, event_sentence


@pytest.mark.parametrize(
    ("name", "properties", "sentence"),
    [
        ("link_visited", {}, "Somebody opened the referral link"),
        (
            "link_visited",
            {"channel": "whatsapp"},
            "Somebody opened the referral link, shared on WhatsApp",
        ),
        (
            "link_visited",
            {"channel": "copy"},
            "Somebody opened the referral link, which was copied",
        ),
        ("link_visited", {"channel": "<x>"}, "Somebody opened the referral link"),
        ("link_shared", {"channel": "copy"}, "Copied the referral link"),
        ("link_shared", {"channel": "sms"}, "Shared the referral link by text message"),
        ("link_shared", {"channel": "fax"}, "Shared the referral link on fax"),
        ("link_shared", {}, "Link shared"),
        ("referral_lead", {"program": "Spring"}, "A friend joined through “Spring”"),
        ("referral_won", {"program": "Spring"}, "A friend ordered through “Spring”"),
        ("referred", {"program": "Spring"}, "Came through an advocate of “Spring”"),
        (
            "referral_refused",
            {"reason": "own_link", "receipt": {"claims": [{"because": "Own."}]}},
            "No advocate was credited. Own.",
        ),
        (
            "referral_refused",
            {"reason": "unknown_code", "receipt": {"claims": []}},
            "No advocate was credited. No advocate has this code.",
        ),
        ("ask_snoozed", {"days": 75}, "Said “not now” for 75 days"),
        ("ask_never", {}, "Does not want to be asked for referrals any more"),
        ("ask_resumed", {}, "May be asked for referrals again"),
    ],
)
def test_events_are_told_in_sentences(name, properties, sentence):
    assert event_sentence(name, properties) == sentence
    assert event_icon(name) != "bolt"
