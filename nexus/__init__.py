"""NexusAPI: organisations, their credits, and the AI work that they buy with them."""
