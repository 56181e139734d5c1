"""Keeps a database of each release, with work under way in it, for the test that upgrades them all."""
