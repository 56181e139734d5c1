"""`python -m responder`: the command line."""

from responder.cli import main

main()
