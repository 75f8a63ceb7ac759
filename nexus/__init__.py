"""NexusAPI: organisations, their credits, and the AI work that they buy with them."""

__version__ = "0.1.0"
