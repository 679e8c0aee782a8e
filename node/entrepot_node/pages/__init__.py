"""What people see: pure view code, templates and one style sheet. The routes are in `routes/pages.py`.

    store → facts (record_facts, node_facts) → view (pure functions, `now` and the reader are arguments) → template

Nothing of a peer is ever trusted as HTML, URL or file name: templates escape everything, links are made only in
`links.py`, and every foreign text stands in a `<bdi>` with its language.
"""
