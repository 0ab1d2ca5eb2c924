"""Lengths and names of files, what the README must name, programs that must be executable."""

import os

from tree import Finding

LONGEST_FILE = 400


def check_length(tree):
    """A file that one reading does not hold wants splitting."""
    findings = []
    for path in tree.sources():
        count = len(tree.lines(path))
        if count > LONGEST_FILE:
            findings.append(Finding(path, count, f"{count} lines, at most {LONGEST_FILE}", "split it along its responsibilities"))
    return findings


def check_names(tree):
    """A name says what is inside."""
    drawer = "util" + "s"
    return [
        Finding(path, 0, f"a file named {drawer}", "name it after what it holds")
        for path in tree.paths
        if drawer in os.path.basename(path).lower()
    ]


def check_readme(tree):
    """A newcomer finds the two commands."""
    text = "\n".join(tree.lines("README.md")) if "README.md" in tree.paths else ""
    return [
        Finding("README.md", 0, f"does not name {command}", "say what it does and how to run it")
        for command in ("script/demo", "script/test")
        if command not in text
    ]


def check_executable(tree):
    """What starts with an interpreter line can be run."""
    return [
        Finding(path, 1, "starts with #! and is not executable", f"chmod +x {path}")
        for path in tree.programs()
        if not os.access(tree.absolute(path), os.X_OK)
    ]
