"""What everybody knows: providers of mail, names of departments, sites of coupons, ads."""

from functools import cache

import disposable_email_domains

# Names of one provider that reach the same mailbox.
SAME_MAILBOXES = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
    "yandex.by": "yandex.ru",
    "yandex.kz": "yandex.ru",
}
DOTS_IGNORED = frozenset({"gmail.com"})
# What follows a plus reaches the same mailbox.
TAGS_DROPPED = frozenset(
    {
        "fastmail.com",
        "fastmail.fm",
        "gmail.com",
        "hey.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mailbox.org",
        "msn.com",
        "outlook.com",
        "posteo.de",
        "proton.me",
        "runbox.com",
        "tutanota.com",
        "yandex.ru",
        "zoho.com",
    }
)
# anything@ana.fastmail.com reaches ana@fastmail.com.
SUBDOMAIN_ALIASES = frozenset({"fastmail.com", "fastmail.fm"})

# Anybody may have an address there: the same host says nothing about the same company.
FREE_MAIL = (
    frozenset(SAME_MAILBOXES)
    | TAGS_DROPPED
    | {
        "163.com",
        "126.com",
        "aol.com",
        "comcast.net",
        "daum.net",
        "free.fr",
        "gmx.at",
        "gmx.ch",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "hotmail.co.uk",
        "hotmail.de",
        "hotmail.es",
        "hotmail.fr",
        "laposte.net",
        "libero.it",
        "mail.com",
        "mail.ru",
        "naver.com",
        "orange.fr",
        "outlook.de",
        "outlook.es",
        "outlook.fr",
        "qq.com",
        "rediffmail.com",
        "t-online.de",
        "uol.com.br",
        "web.de",
        "yahoo.co.in",
        "yahoo.co.jp",
        "yahoo.co.uk",
        "yahoo.com",
        "yahoo.com.br",
        "yahoo.de",
        "yahoo.es",
        "yahoo.fr",
        "ymail.com",
    }
)

# Addresses of a desk and not of a person.
ROLES = frozenset(
    {
        "abuse",
        "account",
        "accounting",
        "admin",
        "billing",
        "contact",
        "hello",
        "help",
        "hr",
        "info",
        "invoice",
        "kontakt",
        "mail",
        "marketing",
        "noreply",
        "no-reply",
        "office",
        "orders",
        "postmaster",
        "root",
        "sales",
        "service",
        "shop",
        "support",
        "team",
        "test",
        "webmaster",
    }
)

# Sites that publish codes; their pages in other countries begin or end alike.
COUPON_SITES = frozenset(
    {
        "capitaloneshopping.com",
        "coupert.com",
        "couponbirds.com",
        "couponchief.com",
        "couponfollow.com",
        "coupons.com",
        "couponseeker.com",
        "cuponation.com",
        "dealnews.com",
        "dealspotr.com",
        "gutschein.de",
        "gutscheine.de",
        "gutscheinpony.de",
        "gutscheinsammler.de",
        "hotukdeals.com",
        "igraal.com",
        "joinhoney.com",
        "knoji.com",
        "mydealz.de",
        "myvouchercodes.co.uk",
        "offers.com",
        "ozbargain.com.au",
        "pelando.com.br",
        "pepper.com",
        "promocodes.com",
        "rakuten.com",
        "referandearn.com",
        "referralcodes.com",
        "retailmenot.com",
        "savings.com",
        "simplycodes.com",
        "slickdeals.net",
        "topcashback.com",
        "vouchercloud.com",
        "vouchercodes.co.uk",
        "wethrift.com",
    }
)

# What advertising networks add to the address of a page when somebody follows a paid ad.
# fbclid stands on every link that is followed on Facebook, paid or not.
AD_PARAMETERS = (
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "rdt_cid",
    "epik",
)


def belongs_to(host: str, sites: frozenset[str]) -> str:
    """Name the site of a list that a host is, or is a part of; blank if none."""
    parts = host.lower().rstrip(".").split(".")
    names = (".".join(parts[start:]) for start in range(len(parts) - 1))
    return next((name for name in names if name in sites), "")


@cache
def disposable_hosts() -> frozenset[str]:
    """
    List the hosts of addresses that are thrown away.

    From the package disposable-email-domains (MIT license), which mirrors the list of the
    project of that name.
    """
    return frozenset(disposable_email_domains.blocklist)
