"""Which file of a Rust target needs which, by the items its code names."""

from typing import NamedTuple

from .modules import Module, read


class Item(NamedTuple):
    """An item and the file that defines it; `file` is None where that is outside the target."""

    name: str
    file: object


_OUTSIDE = Item("", None)


def targets(package):
    """The main files of the library and the binaries of a package."""
    source = package / "src"
    mains = [source / "lib.rs", source / "main.rs", *source.glob("bin/*.rs"), *source.glob("bin/*/main.rs")]
    return [main for main in mains if main.exists()]


def add_needs(target, needs):
    """Adds what the files of the target need of each other."""
    for module in read(target).all():
        needs.add_file(module.file)
        for line, found in _needed(module):
            # To name a module alone needs nothing of it yet.
            if isinstance(found, Item) and found.file is not None:
                needs.add(module.file, found.file, line, found.name)


def _needed(module):
    """What the module names, by line."""
    for leaf in module.imports:
        if leaf.is_reexport:
            continue  # if the code uses the name, it does so by a reference
        path = leaf.path[:-1] if leaf.name == "*" else leaf.path  # what a module's glob brings in, references show
        if path:
            yield leaf.line, _resolve(module, path, set())
    for reference in module.references:
        if reference.follower == "!" and len(reference.path) == 1:
            yield reference.line, _macro(module, reference.path[0])
        if len(reference.path) > 1 or _may_be_an_item(reference):
            yield reference.line, _resolve(module, reference.path, set())


def _may_be_an_item(reference):
    """Whether a single name may be an item: a type, a constant, a macro, or a function that is called. Others are
    variables, fields and functions passed as values, which are not told apart."""
    return reference.path[0][0].isupper() or reference.follower in ("(", "!")


def _macro(module, name):
    """A macro that is in scope by its place in the text: in this module or one around it."""
    while module is not None:
        if name in module.macros:
            return Item(name, module.file)
        module = module.parent
    return None


def _resolve(module, path, seen):
    """What a path names: a module, an item, or None where nothing is found."""
    path = list(path)
    found = module
    if path[0] == "crate":
        found = module.root
        path.pop(0)
    elif path[0] in ("self", "super"):
        while path and path[0] in ("self", "super"):
            if path.pop(0) == "super":
                found = found.parent or found
    else:
        found = _lookup(module, path.pop(0), seen)
    while path and isinstance(found, Module):
        within, name = found, path.pop(0)
        # What a known module has and we do not see, a macro of its file has made.
        found = _lookup(within, name, seen) or Item(name, within.file)
    return found


def _lookup(module, name, seen):
    """What a name means in a module."""
    if (id(module), name) in seen:
        return None
    seen.add((id(module), name))
    if name in module.children:
        return module.children[name]
    if name in module.items or name in module.macros:
        return Item(name, module.file)
    for leaf in module.imports:
        if leaf.name == name:
            return _resolve(module, leaf.path, seen) or _OUTSIDE
    for leaf in module.imports:
        if leaf.name == "*":
            source = _resolve(module, leaf.path[:-1], seen)
            found = _lookup(source, name, seen) if isinstance(source, Module) else None
            if found is not None:
                return found
    return None
