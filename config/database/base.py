"""PostgreSQL as Django knows it, on the embedded server, started by the first connection."""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from django.utils.asyncio import async_unsafe
from psycopg import OperationalError

from config.database.server import PORT, ROLE, EmbeddedPostgres

# Starting up or recovering; role or database not made yet by whoever starts it.
NOT_READY = {None, "57P03", "28000", "3D000"}


def embedded_server() -> EmbeddedPostgres:
    """Give the server of this checkout; there is one whenever this backend is in use."""
    return settings.EMBEDDED_POSTGRES  # type: ignore[return-value]  # not None here


class DatabaseWrapper(base.DatabaseWrapper):
    """
    A connection to the embedded server.

    Web, worker, shell and tests share the server with no step of their own, and nothing
    starts where no connection is made.
    """

    def get_connection_params(self) -> dict[str, Any]:
        """Fill in the socket, which is known only once somebody connects."""
        self.settings_dict |= {
            "HOST": embedded_server().socket_dir,
            "PORT": PORT,
            "USER": ROLE,
        }
        return super().get_connection_params()

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Start the server if need be, and wait for one that has only begun to listen."""
        server = embedded_server()
        was_started = server.start()
        try:
            return super().get_new_connection(conn_params)
        except OperationalError as error:
            if was_started or error.sqlstate not in NOT_READY:
                raise
            server.wait_until_ready()
            return super().get_new_connection(conn_params)
