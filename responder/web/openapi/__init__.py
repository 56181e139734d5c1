"""The HTTP interface as OpenAPI tells it.

It is written beside the routes and not in them, so that a server whose description nobody asks for has none
of it in memory: import from here where it is asked for, not before. Tests compare both: every route has its
row, and what is answered is what the row says.
"""
