"""Which TypeScript or Vue file needs which, by the names it imports."""

import re
from typing import NamedTuple

_COMMENT_OR_STRING = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`""", re.DOTALL
)
_SCRIPT_OR_REST = re.compile(r"<script\b[^>\n]*>(.*?)</script>|.|\n", re.DOTALL)
_FROM = re.compile(
    r"""^[ \t]*(?P<word>import|export)\b\s*(?P<names>[\w\s{},*$]*?)\s*\bfrom\s*["'](?P<place>[^"'\n]+)["']""",
    re.MULTILINE,
)
_BARE = re.compile(r"""\bimport\s*\(?\s*["'](?P<place>[^"'\n]+)["']""")


class Link(NamedTuple):
    """A name that a file takes from another: its name there (`*` for all), its name here, and whether it is passed on
    only."""

    place: str
    name: str
    alias: str
    line: int
    is_reexport: bool


def add_needs(folders, needs):
    """Adds what the files in the folders need of each other."""
    files = [file for folder in folders for pattern in ("*.ts", "*.vue") for file in sorted(folder.rglob(pattern))]
    links = {file: _links(file) for file in files}
    for file in files:
        needs.add_file(file)
        for link in links[file]:
            target = _target(file, link.place, links)
            if target and not link.is_reexport:
                needs.add(file, _definer(target, link.name, links, set()), link.line, f"{link.name} ({link.place})")


def _links(file):
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".vue":  # which may have two scripts; the rest becomes blank lines
        text = _SCRIPT_OR_REST.sub(lambda part: part[1] or "\n" * part[0].count("\n"), text)
    text = _COMMENT_OR_STRING.sub(_without_comment, text)
    links = []
    for match in _FROM.finditer(text):
        line = text.count("\n", 0, match.start("word")) + 1
        is_reexport = match["word"] == "export"
        for name, alias in _names(match["names"]):
            links.append(Link(match["place"], name, alias, line, is_reexport))
    for match in _BARE.finditer(text):
        links.append(Link(match["place"], "*", "", text.count("\n", 0, match.start()) + 1, False))
    return links


def _without_comment(match):
    text = match.group()
    return text if text[0] in "\"'`" else "\n" * text.count("\n") or " "


def _names(clause):
    """The names of `type a, { b as c, default as d }, * as e`: there and here."""
    outside, _, inside = clause.partition("{")
    for part in outside.split(","):
        words = part.split()
        if words[:1] == ["type"] and len(words) > 1:
            words = words[1:]
        if words and words != ["type"]:
            yield ("*", words[-1]) if words[0] == "*" else ("default", words[0])
    for part in inside.partition("}")[0].split(","):
        words = part.split()
        if words[:1] == ["type"] and len(words) > 1:
            words = words[1:]
        if words:
            yield words[0], words[-1]


def _target(file, place, links):
    """The file that a relative import means; none if it is not one of ours."""
    if not place.startswith("."):
        return None
    path = (file.parent / place).resolve()
    if path.suffix == ".js":  # which may name the file that a compiler makes of ours
        path = path.with_suffix(".ts")
    for candidate in (path, path.with_name(path.name + ".ts"), path / "index.ts"):
        if candidate in links:
            return candidate
    return None


def _definer(file, name, links, seen):
    """The file that defines a name which `file` exports, followed through re-exports."""
    if (file, name) in seen:
        return file
    seen.add((file, name))
    for link in links[file]:
        target = _target(file, link.place, links)
        if link.is_reexport and target and link.alias == name:
            return _definer(target, link.name, links, seen)
    for link in links[file]:
        target = _target(file, link.place, links)
        if link.is_reexport and target and link.alias == "*" and name != "*" and _exports(target, name, links):
            return _definer(target, name, links, seen)
    return file


def _exports(file, name, links):
    """Whether a file passes a name on, or exports one of its own."""
    passed_on = any(link.is_reexport and link.alias in (name, "*") for link in links[file])
    own = rf"\bexport\b[^;\n]*\b{re.escape(name)}\b"
    return passed_on or re.search(own, file.read_text(encoding="utf-8")) is not None
