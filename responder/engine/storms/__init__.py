"""Storms: noticed where incidents are kept, led by a chore, told by a move of their own."""
