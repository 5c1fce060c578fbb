"""Whether the example people of a draft come out as expected; a draft where one does not waits."""

from campaigns.flows.findings import Finding
from campaigns.models import Campaign, Example


def findings_of_examples(campaign: Campaign) -> list[Finding]:
    """
    Find the examples that break, and those that were not run with this draft; one query.

    They are named on the page “Review”, for those who may see people.
    """
    return [
        Finding("error", message)
        for example in Example.objects.counting()
        .filter(campaign=campaign)
        .order_by("pk")
        if (message := _problem_of(example, campaign.revision))
    ]


def _problem_of(example: Example, revision: int) -> str:
    """Say what stands against publishing; blank if nothing does."""
    if not example.was_run_with(revision):
        return (
            "An example person was not run with this draft yet. Run the examples first."
        )
    if example.state == Example.State.BREAKS:
        return f"An example person breaks. {example.happened}"
    if example.state == Example.State.STUCK:
        return f"An example person could not be run. {example.happened}"
    return ""
