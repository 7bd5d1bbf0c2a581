"""Rust source as tokens, without comments. Enough to find declarations and paths, and no more."""

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+|//[^\n]*)
    | (?P<comment>/\*)
    | (?P<string>[bc]?r(?P<hashes>\#*)".*?"(?P=hashes)|[bc]?"(?:[^"\\]|\\.)*"
        |b?'(?:[^'\\\n]|\\(?:u\{[^}]*\}|x..|.))')
    | (?P<lifetime>'[A-Za-z_]\w*)
    | (?P<name>(?:r\#)?[A-Za-z_]\w*)
    | (?P<number>\d\w*(?:\.\d\w*)?)
    | (?P<sign>::|\.\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


class Token(NamedTuple):
    kind: str
    text: str
    line: int


def tokens(source):
    """The tokens of `source`; kinds: string, lifetime, name, number, sign."""
    found, at, line = [], 0, 1
    while at < len(source):
        match = _TOKEN.match(source, at)
        kind, end = match.lastgroup if match.lastgroup != "hashes" else "string", match.end()
        if kind == "comment":
            end = _comment_end(source, end)
        elif kind != "blank":
            found.append(Token(kind, match.group().removeprefix("r#"), line))
        line += source.count("\n", at, end)
        at = end
    return found


def _comment_end(source, at):
    """Where a block comment ends, which may hold others; `at` is after its opening."""
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(source, at)
        if edge is None:
            return len(source)
        depth += 1 if edge.group() == "/*" else -1
        at = edge.end()
    return at


def closing(found, at):
    """The index of the bracket that closes the one at `at`."""
    depth = 0
    for index in range(at, len(found)):
        if found[index].kind == "sign":
            if found[index].text in "([{":
                depth += 1
            elif found[index].text in ")]}":
                depth -= 1
                if depth == 0:
                    return index
    return len(found) - 1
