"""The moves: take in, investigate, tell, end, compare; and what keeps them going.

notification ─▶ intake ─▶ orders ─▶ investigate ─▶ tell ─▶ … ─▶ end
"""
