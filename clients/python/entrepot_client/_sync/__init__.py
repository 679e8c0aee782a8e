# Made from _async/__init__.py by clients/python/tools/make_sync.py; do not edit.
"""The client's synchronous half; it is made from `_async` by `clients/python/tools/make_sync.py`."""
