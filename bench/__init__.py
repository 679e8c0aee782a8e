"""Measurements of two real nodes that exchange a feed: `python -m bench`."""
