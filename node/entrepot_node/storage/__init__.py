"""Stores: the contract, and its SQLite implementation."""
