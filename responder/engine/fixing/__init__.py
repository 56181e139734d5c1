"""Quick fixes: proposed, approved, applied, verified, held, undone."""
