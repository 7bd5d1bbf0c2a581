"""The modules of one Rust target, read from its files: what each declares, imports and names. Resolves nothing."""

from typing import NamedTuple

from .tokens import closing, tokens

_ITEMS = {"fn", "struct", "enum", "union", "trait", "type", "const", "static"}


class Import(NamedTuple):
    """One leaf of a `use`; `name` is `*` for a glob, and `_` for what has no name."""

    path: tuple
    name: str
    line: int
    is_reexport: bool


class Reference(NamedTuple):
    """A path in code; `follower` is the token after it."""

    path: tuple
    line: int
    follower: str


class Module:
    """A module, in a file of its own or within its parent's."""

    def __init__(self, file, parent):
        self.file, self.parent = file, parent
        self.children, self.items, self.macros = {}, set(), set()
        self.imports, self.references = [], []

    @property
    def root(self):
        return self if self.parent is None else self.parent.root

    def all(self):
        yield self
        for child in self.children.values():
            yield from child.all()


def read(file):
    """The root module of the target whose main file this is, with all modules under it."""
    return _read(file, file.parent, None)


def _read(file, folder, parent):
    module = Module(file, parent)
    _Reader(module, folder, tokens(file.read_text(encoding="utf-8"))).read()
    return module


class _Reader:
    def __init__(self, module, folder, found):
        self.module, self.folder, self.tokens = module, folder, found

    def text(self, at):
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def is_name(self, at):
        return at < len(self.tokens) and self.tokens[at].kind == "name"

    def read(self):
        at, depth, path_attribute = 0, 0, None
        while at < len(self.tokens):
            text, kind = self.tokens[at].text, self.tokens[at].kind
            if text == "#" and self.text(at + 1) in ("[", "!"):
                end = closing(self.tokens, at + 1 if self.text(at + 1) == "[" else at + 2)
                if self.text(at + 2) == "path":
                    path_attribute = self.text(at + 4).strip('"')
                self._attribute(at, end)
                at = end + 1
                continue
            if kind == "sign":
                depth += (text in "([{") - (text in ")]}")
            elif kind == "name":
                if text == "mod" and self.is_name(at + 1) and self.text(at + 2) in (";", "{"):
                    at = self._module(at, path_attribute)
                    path_attribute = None
                    continue
                if text == "use" and self.text(at + 1) != "<" and self.text(at - 1) not in (".", "::"):
                    at = self._use(at)
                    continue
                if text == "macro_rules" and self.text(at + 1) == "!":
                    self.module.macros.add(self.text(at + 2))
                    at += 3
                    continue
                declares = text in _ITEMS and self.is_name(at + 1) and self.text(at - 1) not in ("<", ",")
                if declares and self.text(at + 1) not in _ITEMS:
                    if depth == 0:
                        self.module.items.add(self.text(at + 1))
                    at += 2
                    continue
                if self.text(at - 1) not in (".", "::"):
                    at = self._reference(at)
                    continue
            at += 1

    def _module(self, at, path_attribute):
        """Reads `mod name;` or `mod name { … }` at `at`. Returns where to read on."""
        name = self.text(at + 1)
        if self.text(at + 2) == "{":
            end = closing(self.tokens, at + 2)
            child = Module(self.module.file, self.module)
            _Reader(child, self.folder / name, self.tokens[at + 3 : end]).read()
            self.module.children[name] = child
            return end + 1
        if path_attribute:
            places = [self.module.file.parent / path_attribute]
        else:
            places = [self.folder / f"{name}.rs", self.folder / name / "mod.rs"]
        for file in places:
            if file.exists():
                folder = file.parent if file.name == "mod.rs" else file.parent / file.stem
                self.module.children[name] = _read(file, folder, self.module)
        return at + 3

    def _use(self, at):
        """Reads the `use` at `at`. Returns where to read on."""
        before, end = at - 1, at
        if self.text(before) == ")":  # of `pub(crate)` and the like
            while before > 0 and self.text(before) != "(":
                before -= 1
            before -= 1
        while self.text(end) != ";" and end < len(self.tokens):
            end += 1
        self._tree(at + 1, end, (), self.text(before) == "pub")
        return end + 1

    def _tree(self, at, end, prefix, is_reexport):
        """Reads the comma-separated trees between `at` and `end`, each under `prefix`."""
        while at < end:
            path, name = prefix, None
            line = self.tokens[at].line
            while at < end and self.text(at) != ",":
                text = self.text(at)
                if text == "{":
                    close = closing(self.tokens, at)
                    self._tree(at + 1, close, path, is_reexport)
                    path, at = None, close
                elif text == "as":
                    name = self.text(at + 1)
                    at += 1
                elif text == "self" and path:
                    pass  # `a::{self}` is `a`
                elif text != "::":
                    path += (text,)
                at += 1
            if path:
                self.module.imports.append(Import(path, name or path[-1], line, is_reexport))
            at += 1

    def _attribute(self, at, end):
        """Reads the paths in an attribute; single names there are words of its own."""
        while at < end:
            if self.is_name(at) and self.text(at + 1) == "::" and self.text(at - 1) != "::":
                at = self._reference(at)
            at += 1

    def _reference(self, at):
        """Reads the path that begins at `at`. Returns where to read on."""
        path, line = [self.text(at)], self.tokens[at].line
        at += 1
        while self.text(at) == "::" and self.is_name(at + 1):
            path.append(self.text(at + 1))
            at += 2
        self.module.references.append(Reference(tuple(path), line, self.text(at)))
        return at
