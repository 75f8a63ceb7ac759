"""The schema on its way from any revision to the newest."""
