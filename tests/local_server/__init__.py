"""A loopback server that behaves as the statistics services do, faults and all. Started by the tests."""

from tests.local_server.server import Services

__all__ = ["Services"]
