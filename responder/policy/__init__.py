"""May we act? Pure: facts are gathered before, and every "no" has a name."""
