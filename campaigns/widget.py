"""The script that shows asks in the pages of a product, put together of its parts."""

from pathlib import Path

from django.conf import settings

SCRIPTS = Path(settings.BASE_DIR) / "static" / "js" / "widget"
# In the order in which they need each other.
PARTS = ("frame", "ask", "begin")


def write_script() -> str:
    """Put the parts together, in a scope of their own."""
    parts = [(SCRIPTS / f"{one}.js").read_text(encoding="utf-8") for one in PARTS]
    return "\n".join(["(() => {", *parts, "})();", ""])
