"""Serve Microsoft Graph over HTTP for pretend tenants, with their own clock and faults."""

from runner.simulator.app import create_app
from runner.simulator.scenario import ScenarioError
from runner.simulator.server import running, serve
from runner.simulator.world import World

__all__ = ["ScenarioError", "World", "create_app", "running", "serve"]
