"""Feeds and peers made in memory, honest or lying, for tests of whoever follows a feed."""
