"""The client's asynchronous half, written by hand; `_sync` is made from it by `clients/python/tools/make_sync.py`."""
