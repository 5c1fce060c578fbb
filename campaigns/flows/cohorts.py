"""Who goes into which random cohort."""

from hashlib import sha256

from campaigns.flows.definition import Step

BUCKETS = 10_000


def draw_arm(step: Step, contact_id: int) -> str:
    """Draw the arm of a contact: always the same one for the same step and weights."""
    digest = sha256(f"{step['key']}|{contact_id}".encode()).digest()
    bucket = int.from_bytes(digest[:8]) % BUCKETS
    total = sum(arm["weight"] for arm in step["arms"])
    reached = 0
    for arm in step["arms"]:
        reached += arm["weight"]
        # Whole numbers, so that no rounding leaves a bucket to nobody.
        if bucket * total < reached * BUCKETS:
            return str(arm["key"])
    raise ValueError(f"expected weights above 0, got {step['arms']!r}")


def shares(step: Step) -> list[str]:
    """Write the share of each arm as a percentage: "33.3%"."""
    total = sum(arm["weight"] for arm in step["arms"]) or 1
    return [
        f"{100 * arm['weight'] / total:.1f}".removesuffix(".0") + "%"
        for arm in step["arms"]
    ]
