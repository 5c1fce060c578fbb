"""Configuration of the app."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """The app and its name in the sidebar."""

    name = "referrals"
    verbose_name = "Referrals"

    def ready(self) -> None:
        """Say how our events are told and asked of; add our section to a contact's page."""
        from audiences import catalog  # noqa: PLC0415 - needs models
        from contacts.admin.panels import register_panel  # noqa: PLC0415 - needs models
        from contacts.drain.listeners import register_listener  # noqa: PLC0415 - needs models
        from contacts.erasure.forgetting import register_stop  # noqa: PLC0415 - needs models
        from contacts.sentences import register_event_sentence  # noqa: PLC0415 - needs models
        from contacts.tracking.trust import (  # noqa: PLC0415 - needs models
            register_paying,
            register_reserved,
        )
        from referrals import clues, merging, states  # noqa: PLC0415 - needs models
        from referrals.admin.panels import build_panel  # noqa: PLC0415 - needs models
        from referrals.event_names import (  # noqa: PLC0415 - needs models
            CATALOG,
            OFFERED,
            PAYING,
            RESERVED,
        )
        from referrals.intros import bookings  # noqa: PLC0415 - needs models
        from referrals.naming import forget_names  # noqa: PLC0415 - needs models
        from referrals.sentences import SENTENCES  # noqa: PLC0415 - needs models
        from referrals.views import intro_previews, own_previews  # noqa: PLC0415 - needs models

        intro_previews.register()
        own_previews.register()
        merging.register()
        register_listener(clues.hear)
        register_listener(bookings.hear)
        self._register_rewards()
        states.register_states()
        register_stop(forget_names)
        register_paying(*PAYING)
        register_reserved(*RESERVED)
        register_panel("Referrals", build_panel, permission="referrals.view_advocate")
        for name, (text, icon) in SENTENCES.items():
            register_event_sentence(name, text, icon=icon)
        for name, (label, properties) in CATALOG.items():
            catalog.register_event(name, label, properties)
        catalog.register_happenings(catalog.ASKS_AND_REFERRALS, OFFERED)
        self._register_work()

    def _register_rewards(self) -> None:
        """Say what becomes of rewards, and show them on the pages of others."""
        from contacts.admin.panels import register_panel  # noqa: PLC0415 - needs models
        from referrals.admin.referral_sections import register_referral_section  # noqa: PLC0415 - needs models
        from referrals.admin.reward_section import build_panel, build_section  # noqa: PLC0415 - needs models
        from referrals.rewards import merging, usage  # noqa: PLC0415 - needs models

        merging.register()
        usage.register()
        permission = "referrals.view_reward"
        register_panel("Rewards", build_panel, permission=permission)
        register_referral_section("rewards", build_section, permission=permission)

    def _register_work(self) -> None:
        """Make the background work known to the sweep."""
        from contacts.background import Slice, register_slice  # noqa: PLC0415 - needs models
        from referrals import (  # noqa: PLC0415 - needs models
            notices,
            offer_mails,
            visit_buffer,
            visit_counts,
            visits,
            waiting_visits,
        )
        from referrals.attribution import inbox  # noqa: PLC0415 - needs models
        from referrals.fraud import judge, nightly  # noqa: PLC0415 - needs models
        from referrals.intros import confirming  # noqa: PLC0415 - needs models
        from referrals.portal import entry  # noqa: PLC0415 - needs models
        from referrals.rewards import credit, due, reckon, shortages  # noqa: PLC0415 - needs models

        register_slice(
            Slice(
                name=notices.SLICE,
                label="Tell advocates about their program",
                task="referrals.tasks.tell_advocates",
                due=notices.backlog,
            )
        )
        register_slice(
            Slice(
                name="referrals.waiting_visits",
                label="Judge visits to links",
                task="referrals.tasks.judge_visits",
                due=waiting_visits.backlog,
                places=1,
            )
        )
        register_slice(
            Slice(
                name="referrals.visit_buffer",
                label="Write visits that were kept in files",
                task="referrals.tasks.write_visits",
                due=visit_buffer.buffered,
                places=1,
            )
        )
        register_slice(
            Slice(
                name="referrals.visits",
                label="Tell visits from mails",
                task="referrals.tasks.tell_visits",
                due=visits.visits_to_tell,
            )
        )
        register_slice(
            Slice(
                name="referrals.offer_mails",
                label="Mail the offer to friends who asked",
                task="referrals.tasks.send_offer_mails",
                due=offer_mails.offers_to_send,
            )
        )

        register_slice(
            Slice(
                name="referrals.attribute",
                label="Credit advocates, and follow their friends",
                task="referrals.tasks.credit_friends",
                due=inbox.backlog,
                hears=("referrals",),
            )
        )
        register_slice(
            Slice(
                name="referrals.visit_counts",
                label="Count visits",
                task="referrals.tasks.count_visits",
                due=visit_counts.counts_backlog,
            )
        )
        register_slice(
            Slice(
                name="referrals.judge",
                label="Check referrals for fraud",
                task="referrals.tasks.judge",
                due=judge.backlog,
                places=1,
            )
        )
        register_slice(
            Slice(
                name="referrals.look_again",
                label="Look for rings once a day",
                task="referrals.tasks.look_again",
                due=nightly.watch_backlog,
                places=1,
            )
        )
        for name, label, task, backlog in (
            ("reckon", "Reckon rewards", "reckon_rewards", reckon.due),
            ("rewards", "Approve and deliver rewards", "settle_rewards", due.due),
            ("credit", "Send account credit", "send_credit", credit.due),
            (
                "shortages",
                "Tell what of rewards runs low",
                "warn_of_shortages",
                shortages.backlog,
            ),
        ):
            register_slice(
                Slice(
                    name=f"referrals.{name}",
                    label=label,
                    task=f"referrals.tasks.{task}",
                    due=backlog,
                )
            )
        register_slice(
            Slice(
                name=entry.SLICE,
                label="Send links to own pages",
                task=entry.TASK,
                due=entry.backlog,
            )
        )
        register_slice(
            Slice(
                name=confirming.SLICE,
                label="Let friends confirm their addresses",
                task=confirming.TASK,
                due=confirming.backlog,
            )
        )
