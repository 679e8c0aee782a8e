"""The words of documents in PostgreSQL, as `tsvector` under GIN.

Words are cut in Python and go in as they are: no parser, dictionary or language of the database touches them, as with
the configuration `simple`. A lexeme begins with the column it stands in, `n`, `t` or `i`, so that the index alone
answers where a word stands; positions are not kept, as they end at 16,383 and at 256 of one word. Phrases are found
by all their terms, and then looked for in the text. First characters are lexemes of their own (`N`, `T`): beginnings
of one character would gather the rows of thousands of words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection

from entrepot_node.storage.dialect import all_of, driver_sql, insert_rows
from entrepot_node.storage.erasing import note_erased
from entrepot_node.storage.word_parts import PARTS, Match, Words, by_part, parts_between, parts_of

_LONGEST = 500  # characters of a lexeme, which may have 2,046 bytes; longer than all that can be asked for


def insert_words(connection: Connection, words: Sequence[Words]) -> None:
    """Add documents."""
    for part, rows in by_part(words):
        columns = ("doc", "words", "names", "others")
        insert_rows(connection, f"search_words_{part}", columns, [_row(*row) for row in rows])


def _row(doc: int, names: str, texts: str, ids: str) -> tuple[int, str, str, str]:
    lexemes = dict.fromkeys([*_lexemes("n", names), *_lexemes("t", texts)])
    lexemes |= dict.fromkeys("i" + word[:_LONGEST] for word in ids.split())
    # Only of pairs of characters can there be phrases, and they are never ASCII.
    others = f"{'' if texts.isascii() else texts}\n{'' if ids.isascii() else ids}"
    return doc, _quoted(lexemes), "" if names.isascii() else f" {names} ", f" {others} ".replace("\n", " \n ")


def _lexemes(column: str, text: str) -> Iterator[str]:
    for word in text.split():
        yield column + word[:_LONGEST]
        yield column.upper() + word[0]


def _quoted(lexemes: Iterable[str]) -> str:
    """Words are letters and digits: nothing in them needs an escape."""
    return " ".join(f"'{lexeme}'" for lexeme in lexemes)


def delete_words(connection: Connection, docs: Sequence[int]) -> None:
    """Remove documents."""
    for part, gone in parts_of(docs):
        driver_sql(connection, f"DELETE FROM search_words_{part} WHERE doc = ANY(?)", (gone,))  # noqa: S608  a number of ours


def purge_words(connection: Connection, docs: Sequence[int]) -> None:
    """Note the tables that held these documents: they are written anew when the erasure is finished."""
    note_erased(connection, [f"search_words_{part}" for part, _ in parts_of(docs)])


def drop_words(connection: Connection) -> None:
    """Remove all documents."""
    connection.exec_driver_sql(f"TRUNCATE {', '.join(f'search_words_{part}' for part in range(PARTS))}")


def find_words(connection: Connection, match: Match, *, behind: int, last: int) -> list[int]:
    """The documents that match, of those behind one up to the last."""
    parts = parts_between(behind, last)
    condition, values = _condition(match)
    selects = " UNION ALL ".join(
        f"SELECT doc FROM search_words_{part} WHERE {condition} AND doc > ?"  # noqa: S608  a number of ours
        for part in parts
    )
    return (
        all_of(connection, "doc", f"FROM ({selects}) AS found", (*values, behind) * len(parts))
        if parts
        else []
    )


def _condition(match: Match) -> tuple[str, tuple[str, ...]]:
    lexemes = [_of_word(word, match) for word in match.words]
    lexemes += [_any(match, term) for phrase in match.phrases for term in phrase]
    condition, values = "words @@ ?::tsquery", [" & ".join(lexemes)]
    columns = ("names",) if match.names_only else ("names", "others")
    for phrase in match.phrases:
        if len(phrase) > 1:
            found = " OR ".join(f"strpos({column}, ?) > 0" for column in columns)
            condition += f" AND ({found})"
            values += [f" {' '.join(phrase)} "] * len(columns)
    if not match.identifier:
        return condition, tuple(values)
    own = f"'i{match.identifier}':*"
    if not lexemes:
        return "words @@ ?::tsquery", (own,)
    return f"({condition} OR words @@ ?::tsquery)", (*values, own)


def _of_word(word: str, match: Match) -> str:
    if match.whole:
        return _any(match, word)
    if len(word) == 1:
        return f"'N{word}'" if match.names_only else f"('N{word}' | 'T{word}')"
    return _any(match, word, ":*")


def _any(match: Match, word: str, beginning: str = "") -> str:
    if match.names_only:
        return f"'n{word}'{beginning}"
    return "(" + " | ".join(f"'{column}{word}'{beginning}" for column in "nti") + ")"
