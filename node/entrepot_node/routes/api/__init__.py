"""`/api/v1`: records, search and changes for people who want no Merkle trees (spec: exchange §3).

`surface` puts the resources together, one file each. All of them only read the store.
"""
