"""Which file needs which others, and the circles among them. Knows nothing of any language."""


class Needs:
    """A directed graph of files; every edge knows the lines and names that cause it."""

    def __init__(self):
        self.files = {}  # file -> {needed file -> {name -> first line}}

    def add_file(self, file):
        self.files.setdefault(file, {})

    def add(self, file, other, line, name):
        """`file` names `name`, which `other` defines."""
        self.add_file(other)
        if file != other:
            names = self.files.setdefault(file, {}).setdefault(other, {})
            names[name] = min(line, names.get(name, line))

    def within(self, file, circle):
        """What `file` needs of the other files of a circle: file, names, and the line of the first."""
        return [
            (other, sorted(names), min(names.values()))
            for other, names in sorted(self.files[file].items())
            if other in circle
        ]

    def circles(self):
        """The sets of files that all need each other (strongly connected components, by Tarjan), each sorted."""
        index, lowest, stack, on_stack, found = {}, {}, [], set(), []
        for start in sorted(self.files):
            if start in index:
                continue
            calls = [(start, iter(self._needed(start)))]
            self._open(start, index, lowest, stack, on_stack)
            while calls:
                file, rest = calls[-1]
                other = next(rest, None)
                if other is None:
                    calls.pop()
                    if calls:
                        caller = calls[-1][0]
                        lowest[caller] = min(lowest[caller], lowest[file])
                    if lowest[file] == index[file]:
                        at = stack.index(file)
                        circle, stack[at:] = stack[at:], []
                        on_stack.difference_update(circle)
                        if len(circle) > 1:
                            found.append(sorted(circle))
                elif other not in index:
                    self._open(other, index, lowest, stack, on_stack)
                    calls.append((other, iter(self._needed(other))))
                elif other in on_stack:
                    lowest[file] = min(lowest[file], index[other])
        return sorted(found)

    def _needed(self, file):
        return sorted(self.files[file])

    @staticmethod
    def _open(file, index, lowest, stack, on_stack):
        index[file] = lowest[file] = len(index)
        stack.append(file)
        on_stack.add(file)
