"""The admin's sidebar, in the order of the work."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy

# Pages that show people ask for it beside their own permission (AdminPage).
SEE_PEOPLE = "contacts.view_contact"

# What the reports across programs ask for.
SEE_REPORTS = ("campaigns.view_campaign", "referrals.view_referral")

Check = Callable[[HttpRequest], bool]


def is_report(request: HttpRequest) -> bool:
    """Whether the page is a report, though its address is below a campaign."""
    match = request.resolver_match
    return match is not None and (match.url_name or "").startswith("campaigns_report")


def is_campaign(request: HttpRequest) -> bool:
    """Whether the page is about a campaign, and no report."""
    campaigns = str(reverse_lazy("admin:campaigns_campaign_changelist"))
    return request.path.startswith(campaigns) and not is_report(request)


def link(
    title: str, icon: str, name: str, *permissions: str, **marked: Check
) -> dict[str, Any]:
    """
    Make an entry that shows to users who hold the permissions, which are the page's own.

    ``active`` says on which pages it is marked, where the address does not tell.
    """

    def may_see(request: HttpRequest) -> bool:
        """Whether the user of the request may open the page."""
        return request.user.has_perms(permissions)

    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}"),
        "permission": may_see,
        **marked,
    }


HOME = [{"title": "Home", "icon": "home", "link": reverse_lazy("admin:index")}]

# fmt: off
CONTACTS = [
    link("People", "group", "contacts_contact_changelist", "contacts.view_contact"),
    link("Lists", "list_alt", "contacts_contactlist_changelist", "contacts.view_contactlist"),
    link("Imports", "upload_file", "contacts_importrun_changelist", "contacts.view_importrun", SEE_PEOPLE),
    link("Forgotten people", "person_off", "contacts_erasures", "contacts.view_erasure", SEE_PEOPLE),
    link("Suppressions", "unsubscribe", "contacts_suppression_changelist", "contacts.view_suppression", SEE_PEOPLE),
]
DATA: list[dict[str, Any]] = [
    link("Sources", "sensors", "contacts_sources", "contacts.view_source"),
    link("Debugger", "bug_report", "contacts_debugger", "contacts.view_receipt", SEE_PEOPLE),
    link("Event imports", "history", "contacts_historyrun_changelist", "contacts.view_historyrun", SEE_PEOPLE),
    link("Schema", "schema", "contacts_schema", "contacts.view_eventtype"),
    link("Tracking plans", "fact_check", "contacts_plans", "contacts.view_trackingplan"),
    link("Violations", "rule", "contacts_violations", "contacts.view_trackingplan"),
    link("Funnels", "filter_alt", "contacts_funnels", "contacts.view_funnel"),
]
AUDIENCES: list[dict[str, Any]] = [
    link("Audiences", "groups", "audiences_audience_changelist", "audiences.view_audience"),
    link("Traits", "functions", "audiences_trait_changelist", "audiences.view_trait"),
    link("Overlap", "join_inner", "audiences_overlap", "audiences.view_audience"),
]
CAMPAIGNS: list[dict[str, Any]] = [
    link("Campaigns", "campaign", "campaigns_campaign_changelist", "campaigns.view_campaign", active=is_campaign),
    link("Tasks", "task_alt", "campaigns_tasks", "campaigns.view_task", SEE_PEOPLE),
    link("Messages", "mail", "campaigns_message_changelist", "campaigns.view_message", SEE_PEOPLE),
    link("Why (not) asked?", "contact_support", "campaigns_why", "campaigns.view_campaign", SEE_PEOPLE),
    link("Needs a decision", "help", "campaigns_unknown_messages", "campaigns.view_message", SEE_PEOPLE),
    link("Guardrails", "shield", "campaigns_guardrails", "campaigns.view_guardrail"),
    link("Incidents", "e911_emergency", "campaigns_incidents", "campaigns.view_incident"),
]
REFERRALS: list[dict[str, Any]] = [
    link("Programs", "redeem", "referrals_program_changelist", "referrals.view_program"),
    link("Advocates", "loyalty", "referrals_advocate_changelist", "referrals.view_advocate", SEE_PEOPLE),
    link("Referrals", "diversity_3", "referrals_referral_changelist", "referrals.view_referral", SEE_PEOPLE),
    link("Find a referral", "person_search", "referrals_find", "referrals.view_referral", SEE_PEOPLE),
    link("Intros", "handshake", "referrals_intro_changelist", "referrals.view_intro", SEE_PEOPLE),
    link("Rewards", "paid", "referrals_reward_changelist", "referrals.view_reward", SEE_PEOPLE),
    link("Payments", "payments", "referrals_payments", "referrals.view_rewardbatch"),
    link("Coupons", "confirmation_number", "referrals_coupons", "referrals.view_couponpool"),
    link("Fraud review", "policy", "referrals_fraud_review", "referrals.view_fraudcase", SEE_PEOPLE),
]
REPORTS: list[dict[str, Any]] = [
    link("Conversions", "monitoring", "campaigns_reports", "campaigns.view_campaign", active=is_report),
    link("Referral funnel", "filter_list", "campaigns_funnel", *SEE_REPORTS),
    link("Yes Rate", "thumb_up", "campaigns_yes_rate", *SEE_REPORTS),
    link("Time to ask", "timer", "campaigns_timing", *SEE_REPORTS),
    link("Revenue and rewards", "payments", "campaigns_money", *SEE_REPORTS),
    link("Leaderboard", "leaderboard", "campaigns_leaders", *SEE_REPORTS, SEE_PEOPLE),
    link("Fraud", "gpp_maybe", "campaigns_fraud_report", *SEE_REPORTS),
    link("Forecast", "calendar_month", "campaigns_forecast", "campaigns.view_campaign"),
    link("Generations", "account_tree", "referrals_generations", "referrals.view_referral"),
]
SETTINGS: list[dict[str, Any]] = [
    link("Operations", "monitor_heart", "campaigns_operations", "campaigns.view_campaign", SEE_PEOPLE),
    link("Do the books balance?", "balance", "campaigns_balance", "campaigns.view_campaign", SEE_PEOPLE),
    link("Allowed destinations", "link", "referrals_allowedhost_changelist", "referrals.view_allowedhost"),
    link("In your product", "web_asset", "campaigns_in_app", "campaigns.view_inappsite"),
    link("Connections", "cable", "campaigns_connections", "campaigns.view_connection"),
    link("Account credit", "account_balance_wallet", "referrals_credit", "referrals.view_rewardwebhook"),
    link("Conversion endpoint", "webhook", "referrals_endpoint", "referrals.view_endpointkey"),
    link("Users", "badge", "auth_user_changelist", "auth.view_user"),
    link("Roles", "shield_person", "auth_group_changelist", "auth.view_group"),
]

GROUPS = {
    "": HOME,
    "Contacts": CONTACTS,
    "Data": DATA,
    "Audiences": AUDIENCES,
    "Campaigns": CAMPAIGNS,
    "Referrals": REFERRALS,
    "Reports": REPORTS,
    "Settings": SETTINGS,
}

SIDEBAR: dict[str, Any] = {
    "show_search": True,
    "command_search": True,
    "show_all_applications": False,
    "navigation": [
        {"title": title, "items": items} for title, items in GROUPS.items() if items
    ],
}

# What can be begun from "Go to…" without a list of it first.
BEGINNINGS = [
    link("Import contacts", "upload_file", "contacts_import_start", "contacts.add_importrun", SEE_PEOPLE),
    link("Create a list", "playlist_add", "contacts_contactlist_add", "contacts.add_contactlist"),
    link("Suppress addresses", "unsubscribe", "contacts_suppression_add", "contacts.add_suppression", SEE_PEOPLE),
    link("New audience", "group_add", "audiences_audience_add", "audiences.change_audience"),
    link("New trait", "function", "audiences_trait_add", "audiences.change_trait"),
    link("New campaign", "add_circle", "campaigns_campaign_add", "campaigns.add_campaign"),
    link("New program", "redeem", "referrals_program_add", "referrals.add_program"),
]
# fmt: on

COMMANDS: dict[str, Any] = {"search_callback": "config.search.find_places"}
