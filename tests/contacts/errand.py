"""A piece of long work without an app of its own, for tests of ``contacts.work``."""

from contacts.models import Work


class Errand(Work):
    class Meta:
        # Not an installed app: no migration, no deletion from users looks at it.
        app_label = "errands"
