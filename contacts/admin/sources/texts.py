"""How sources and their state are told to a marketer."""

from contacts.models import Source
from contacts.source_health import Health, HealthState
from contacts.templatetags.greenlight import ago, number, percent, register_tones

STATES = {
    HealthState.WAITING: "Waiting for the first event",
    HealthState.LIVE: "Live",
    HealthState.QUIET: "Quiet",
    HealthState.ERRORS: "Has errors",
    HealthState.DISABLED: "Off",
}
register_tones(
    {
        HealthState.WAITING: "warn",
        HealthState.LIVE: "good",
        HealthState.QUIET: "warn",
        HealthState.ERRORS: "bad",
        HealthState.DISABLED: "idle",
        "accepted": "good",
        "rejected": "bad",
        "blocked": "warn",
    }
)
KIND_CARDS = (
    (
        Source.Kind.BROWSER,
        "language",
        "What visitors do on your pages. Paste a snippet, or use the npm package. Its key can be"
        " read by everybody, so its events pay no rewards unless you say so.",
    ),
    (
        Source.Kind.MOBILE,
        "smartphone",
        "What people do in your iOS or Android app. Its key can be read out of the app, so its"
        " events pay no rewards unless you say so.",
    ),
    (
        Source.Kind.SERVER,
        "dns",
        "What your shop or backend knows for sure: orders, sign-ups, tickets. The key stays"
        " secret on your server, so these events can pay rewards.",
    ),
)
KIND_ICONS = {
    **{kind: icon for kind, icon, _ in KIND_CARDS},
    Source.Kind.FILE: "draft",
}


def health_sentence(health: Health) -> str:
    """Say how a source is doing, and since when."""
    if health.state == HealthState.WAITING:
        return "Nothing has arrived yet."
    if health.state == HealthState.DISABLED:
        return "Whatever it sends is refused, because it has been turned off."
    if health.state == HealthState.QUIET:
        return f"It used to send; the last message came {ago(health.last_at)}."
    if health.state == HealthState.ERRORS:
        share = percent(health.refused_share, 0)
        return (
            f"{number(health.refused)} of {number(health.total)} messages were refused in"
            f" the last 24 hours ({share})."
        )
    return f"The last message came {ago(health.last_at)}."
