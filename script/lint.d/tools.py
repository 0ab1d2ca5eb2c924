"""Checks that other programs do: clang-format, bash -n, shellcheck."""

import os
import re
import shutil
import subprocess

from tree import Finding

AT = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?:error|warning|note|style|info): (?P<what>.*)$", re.M)


def _relative(tree, path):
    return os.path.relpath(path, tree.root) if os.path.isabs(path) else path


def check_format(tree):
    """One finding a file, at the first line that clang-format would change."""
    paths = tree.sources()
    if not paths:
        return []
    if not shutil.which("clang-format"):
        return [Finding(".clang-format", 0, "clang-format is not installed", "run script/bootstrap")]
    findings = []
    for start in range(0, len(paths), 64):
        command = ["clang-format", "--dry-run", "-Werror", "--style=file", "--ferror-limit=1", *paths[start : start + 64]]
        run = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
        places = {}
        for match in AT.finditer(run.stderr):
            places.setdefault(_relative(tree, match["path"]), int(match["line"]))
        findings += [
            Finding(path, line, "not formatted as .clang-format says", f"clang-format -i {path}") for path, line in places.items()
        ]
        if run.returncode != 0 and not places:
            findings.append(Finding(".clang-format", 0, f"clang-format failed: {run.stderr.strip()[:300]}", "mend its input"))
    return findings


def check_bash_syntax(tree):
    findings = []
    for path in tree.scripts():
        run = subprocess.run(["bash", "-n", path], cwd=tree.root, capture_output=True, text=True)
        if run.returncode != 0:
            line = re.search(r"line (\d+)", run.stderr)
            message = run.stderr.strip().splitlines()[0]
            findings.append(Finding(path, int(line[1]) if line else 0, f"bash cannot parse it: {message}", "mend the syntax"))
    return findings


def has_shellcheck():
    return shutil.which("shellcheck") is not None


def check_shellcheck(tree):
    """shellcheck where it is installed; it is no package that building needs."""
    if not has_shellcheck():
        return []
    paths = tree.scripts()
    command = ["shellcheck", "--external-sources", "--severity=warning", "--format=gcc", *paths]
    run = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
    return [
        Finding(_relative(tree, match["path"]), int(match["line"]), match["what"], "follow it, or disable it with a reason")
        for match in AT.finditer(run.stdout)
    ]
