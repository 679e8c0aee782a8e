"""Records and the node in the words of others: schema.org for one record, DCAT-AP for data portals.

Pure: profiles and facts in, JSON-LD out. What is made here is a view; what counts is the signed record it names.
"""
