"""Configuration of the app."""

from functools import partial

from django.apps import AppConfig


class AudiencesConfig(AppConfig):
    """The app and its name in the sidebar."""

    name = "audiences"
    verbose_name = "Audiences"

    def ready(self) -> None:
        """Make the background work known, and that audiences use lists and audiences."""
        from audiences import (  # noqa: PLC0415 - needs models
            measuring,
            merging,
            states,
            usage,
        )
        from audiences.admin.receipt_section import audience_rows  # noqa: PLC0415 - needs models
        from audiences.admin.traits.panel import trait_rows  # noqa: PLC0415 - needs models
        from audiences.admin.why import audiences_panel  # noqa: PLC0415 - needs models
        from audiences.memberships import (  # noqa: PLC0415 - needs models
            clock,
            fill,
            forecast,
            live,
            looking,
            schedule,
        )
        from audiences.models import AudienceRefresh  # noqa: PLC0415 - needs models
        from contacts import lists  # noqa: PLC0415 - needs models
        from contacts.admin.panels import (  # noqa: PLC0415 - needs models
            register_list_page,
            register_panel,
        )
        from contacts.admin.receipts import register_consequence  # noqa: PLC0415 - needs models
        from contacts.background import (  # noqa: PLC0415 - needs models
            Slice,
            register_slice,
            work_backlog,
        )
        from contacts.histories import forecast as histories  # noqa: PLC0415 - needs models
        from contacts.imports import finished  # noqa: PLC0415 - needs models

        merging.register()
        states.register_states()
        usage.register("audience", usage.nested_uses)
        lists.register_use(usage.uses_of_list)
        finished.register(schedule.request_refresh)
        histories.register(forecast.predict)
        register_panel(
            "Audiences", audiences_panel, permission="audiences.view_audience"
        )
        register_list_page(
            "Connections",
            "admin:audiences_list_graph",
            permission="audiences.view_audience",
        )
        register_consequence(
            "Audiences", audience_rows, permission="audiences.view_audience"
        )
        register_slice(
            Slice(
                name=live.SLICE,
                label="Let contacts enter and leave audiences",
                task=live.TASK,
                due=live.backlog,
                places=1,
                linger=live.LINGER_SECONDS,
                pace=live.PACE_SECONDS,
                hears=(looking.LIVE,),
            )
        )
        register_slice(
            Slice(
                name=clock.SLICE,
                label="Let time pass for audiences",
                task=clock.TASK,
                due=clock.backlog,
                places=1,
                pace=clock.PACE_SECONDS,
            )
        )
        register_slice(
            Slice(
                name=schedule.SLICE,
                label="Refresh audiences",
                task=schedule.TASK,
                due=schedule.backlog,
            )
        )
        register_panel("Traits", trait_rows, permission="audiences.view_trait")
        register_slice(
            Slice(
                name=measuring.SLICE,
                label="Measure traits",
                task=measuring.TASK,
                due=measuring.backlog,
                places=1,
            )
        )
        register_slice(
            Slice(
                name=fill.SLICE,
                label="Fill new audiences",
                task=fill.TASK,
                due=partial(work_backlog, AudienceRefresh),
            )
        )
