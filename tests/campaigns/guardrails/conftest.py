from tests.campaigns.messaging.conftest import channel

__all__ = ["channel"]
