"""Telling an organisation's own servers what happened: written with the event itself, sent by every worker."""

SECRETS = "webhook secret"  # what their box is for: API and workers must derive the same keys; pragma: allowlist secret
