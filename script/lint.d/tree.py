"""The tree that is checked, and what a check answers with."""

import os
import re
import subprocess
from dataclasses import dataclass

COMMENT = re.compile(r"//.*")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where (path, 1-based line, 0 for the whole file), what, and what to do about it."""

    path: str
    line: int
    what: str
    todo: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}: {self.todo}"


class Tree:
    """The files of a working tree by path relative to its root, in order."""

    def __init__(self, root, paths):
        self.root = root
        self.paths = sorted(paths)

    @staticmethod
    def of_git(root):
        """Tracked files and new ones that are not ignored; files deleted in the working tree are left out."""
        command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        names = {name for name in listed.split("\0") if name}
        return Tree(root, [name for name in names if os.path.isfile(os.path.join(root, name))])

    def absolute(self, path):
        return os.path.join(self.root, path)

    def lines(self, path):
        """Lines of a file; bytes that are not UTF-8 are replaced, since no check looks for them."""
        with open(self.absolute(path), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    def first_line(self, path):
        with open(self.absolute(path), encoding="utf-8", errors="replace") as file:
            return file.readline(200)

    def sources(self):
        return [path for path in self.paths if path.endswith((".h", ".cc"))]

    def scripts(self):
        """Bash programs and the files that they source."""
        return [
            path
            for path in self.paths
            if path.endswith(".sh") or (not path.endswith((".h", ".cc", ".md")) and "bash" in self._interpreter(path))
        ]

    def programs(self):
        """Text files that start with an interpreter line and so are meant to be run."""
        return [path for path in self.paths if self.first_line(path).startswith("#!")]

    def _interpreter(self, path):
        line = self.first_line(path)
        return line if line.startswith("#!") else ""


def room_of(path):
    """The room a path belongs to: verifier/<room>, tests/sandbox, or the first directory; "" for a file in the root."""
    parts = path.split("/")
    if parts[0] == "verifier":
        return parts[1] if len(parts) > 2 else "verifier"
    if path.startswith("tests/sandbox/"):
        return "sandbox"
    return parts[0] if len(parts) > 1 else ""


def code(line):
    """The line without its comment."""
    return COMMENT.sub("", line)
