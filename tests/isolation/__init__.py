"""Whatever one organisation has, another neither reads nor changes: each wall is tried on its own."""
