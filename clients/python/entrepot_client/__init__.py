"""The Python client of the public API. It grows with the API; today the command line talks to stores and feeds."""
