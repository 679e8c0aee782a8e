"""Peers that lie: honest feeds made from published seeds, served over raw sockets, and bent on their way out."""
