"""The way in: webhook, API, health."""
