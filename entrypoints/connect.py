"""Where the servers are, and a client that speaks to Temporal as the worker does."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig

from entrypoints.embedded.parts import read_endpoints
from entrypoints.settings import Settings


class NothingRunning(RuntimeError):
    """No servers are named and no embedded ones run."""


class Unreachable(RuntimeError):
    """A server that was named does not answer."""


class NoWayOut(RuntimeError):
    """A worker without a mail server or an SMS provider could reach nobody."""


def database_url(settings: Settings) -> str:
    """DATABASE_URL, or the embedded server that runs in the home. Raises NothingRunning."""
    if settings.database_url:
        return settings.database_url
    running = read_endpoints(settings.home)
    if running is None:
        raise NothingRunning(f"nothing runs in {settings.home}: start `leeway up`, or set DATABASE_URL")
    return running.database_url


async def temporal_client(settings: Settings, address: str | None = None) -> Client:
    """A client by Temporal's environment configuration, or to the embedded server. Raises NothingRunning."""
    config = ClientConfig.load_client_connect_config() if settings.temporal_address else {}
    if not settings.temporal_address:
        running = read_endpoints(settings.home)
        address = address or (running.temporal_address if running else None)
        if address is None:
            raise NothingRunning(
                f"nothing runs in {settings.home}: start `leeway up`, or set TEMPORAL_ADDRESS"
            )
        config = {"target_host": address}
    try:
        return await Client.connect(**config, data_converter=pydantic_data_converter)
    except RuntimeError as error:
        raise Unreachable(f"Temporal at {config.get('target_host')} does not answer: {error}") from None
