"""Configuration of the app."""

from functools import partial

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """The app, its name in the sidebar, and its slices of background work."""

    name = "campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        """Make the background work known, and all that other apps show of campaigns."""
        from audiences import catalog  # noqa: PLC0415 - needs models
        from campaigns import consequences, forgetting, merging, usage  # noqa: PLC0415 - needs models
        from campaigns.admin.contact_panel import campaign_rows  # noqa: PLC0415 - needs models
        from campaigns.admin.receipt_section import enrollment_rows  # noqa: PLC0415 - needs models
        from campaigns.engine import changes  # noqa: PLC0415 - needs models
        from campaigns.event_names import CATALOG, OFFERED  # noqa: PLC0415 - needs models
        from campaigns.guardrails import uses  # noqa: PLC0415 - needs models
        from contacts.admin.panels import register_panel  # noqa: PLC0415 - needs models
        from contacts.admin.receipts import register_consequence  # noqa: PLC0415 - needs models
        from contacts.imports import consequences as imports  # noqa: PLC0415 - needs models
        from contacts.tracking.trust import register_reserved  # noqa: PLC0415 - needs models

        self._serve_portal()
        changes.register()
        forgetting.register()
        merging.register()
        usage.register()
        uses.register()
        imports.register(consequences.consequences_of_import)
        imports.register_next_step(consequences.offer_campaign)
        register_reserved(*CATALOG)
        for name, (label, properties) in CATALOG.items():
            catalog.register_event(name, label, properties)
        catalog.register_happenings(catalog.ASKS_AND_REFERRALS, OFFERED)
        register_consequence(
            "Campaigns that began",
            enrollment_rows,
            permission="campaigns.view_campaign",
        )
        register_panel("Campaigns", campaign_rows, permission="campaigns.view_campaign")
        self._register_work()

    def _serve_portal(self) -> None:
        """Give the pages of advocates what only campaigns know: asks, words, and the mail."""
        from campaigns.asks.history import past_asks  # noqa: PLC0415 - needs models
        from campaigns.messaging.asked_for import send_asked_for  # noqa: PLC0415 - needs models
        from campaigns.views import previews  # noqa: PLC0415 - needs models
        from campaigns.views.words import EDITABLE, WORDS  # noqa: PLC0415 - needs models
        from referrals.mailing import register_mailer  # noqa: PLC0415 - needs models
        from referrals.portal.history import register_history  # noqa: PLC0415 - needs models
        from referrals.wording import register_editable  # noqa: PLC0415 - needs models

        previews.register()
        register_editable(EDITABLE, WORDS)
        register_history(past_asks)
        register_mailer(send_asked_for)

    def _register_work(self) -> None:
        """Make the background work known to the sweep."""
        from campaigns import pictures, scheduling  # noqa: PLC0415 - needs models
        from campaigns.engine import enroll, notice, places, watch  # noqa: PLC0415 - needs models
        from campaigns.messaging import outbox  # noqa: PLC0415 - needs models
        from campaigns.models import PublishPlan, StartRun  # noqa: PLC0415 - needs models
        from contacts.background import (  # noqa: PLC0415 - needs models
            Slice,
            register_slice,
            work_backlog,
        )

        register_slice(
            Slice(
                name="campaigns.schedule",
                label="Start campaigns at their time",
                task="campaigns.tasks.start_scheduled",
                due=scheduling.due,
            )
        )
        register_slice(
            Slice(
                name="campaigns.start",
                label="Let in who is there at a start, and by hand",
                task="campaigns.tasks.start_campaigns",
                due=partial(work_backlog, StartRun),
            )
        )
        register_slice(
            Slice(
                name="campaigns.plans",
                label="Move people to a new version",
                task="campaigns.tasks.carry_out_plans",
                due=partial(work_backlog, PublishPlan),
            )
        )
        register_slice(
            Slice(
                name="campaigns.pictures",
                label="Throw away pictures that no mail shows",
                task="campaigns.tasks.drop_unused_pictures",
                due=pictures.due,
            )
        )
        register_slice(
            Slice(
                name="campaigns.moments",
                label="Let people into campaigns",
                task="campaigns.tasks.enroll_moments",
                due=enroll.moments_backlog,
                hears=(watch.MOMENTS,),
            )
        )
        register_slice(
            Slice(
                name="campaigns.advance",
                label="Move enrollments",
                task="campaigns.tasks.advance_due",
                due=places.backlog,
            )
        )
        register_slice(
            Slice(
                name="campaigns.reactions",
                label="React to answers, referrals and goals",
                task="campaigns.tasks.react",
                due=notice.backlog,
            )
        )
        register_slice(
            Slice(
                name="campaigns.send",
                label="Send messages",
                task="campaigns.tasks.send_due",
                due=outbox.due_to_send,
            )
        )
        register_slice(
            Slice(
                name="campaigns.pass_on",
                label="Pass on to other systems",
                task="campaigns.tasks.pass_on_due",
                due=outbox.due_to_pass_on,
            )
        )
        register_slice(
            Slice(
                name="campaigns.recover_sends",
                label="Settle messages whose sender died",
                task="campaigns.tasks.recover_sends",
                due=outbox.due_to_recover,
            )
        )
