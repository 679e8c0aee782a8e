"""A small reader of the standard, written from the text of `spec/` alone.

It is the second, independent implementation: it shares no code with the reference software, and where there
is a choice it takes the textbook form, not the fast one. Every function that refuses raises `RuleError` with
the reason code of the spec. Nothing in here does I/O but `schemas`, which reads the schema files once.
"""
