"""What a fix can do: one module an action, found by the registry."""
