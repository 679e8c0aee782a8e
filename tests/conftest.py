"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# A slow machine must not fail a property test; what is bounded is bounded by counting.
settings.register_profile("entrepot", deadline=None)
settings.load_profile("entrepot")
