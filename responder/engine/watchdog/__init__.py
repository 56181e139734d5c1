"""The watchdog: noticing that it stopped coming, and telling people."""
