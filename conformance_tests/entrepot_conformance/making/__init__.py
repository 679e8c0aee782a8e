"""The maker of the golden vectors: deterministic, from published throw-away seeds.

Uses the reader of this suite and nothing else of the project. Run it with
`python -m entrepot_conformance.make_vectors`.
"""
