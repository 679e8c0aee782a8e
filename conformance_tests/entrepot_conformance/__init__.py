"""The conformance suite: judges any node from outside and shares no code with what it judges."""
