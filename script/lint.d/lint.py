#!/usr/bin/env python3
"""Runs every check over the working tree. A check that would look at no file at all is an error, never a pass."""

import os
import sys

import includes
import layout
import patterns
import reasons
import tools
from tree import Finding, Tree, room_of


def in_rooms(*rooms):
    return lambda tree: [path for path in tree.sources() if room_of(path) in rooms]


# What is checked: a name, the check, and the files that it must find to mean anything.
CHECKS = [
    ("format", tools.check_format, Tree.sources),
    ("include direction", includes.check_direction, Tree.sources),
    ("heavy headers", includes.check_heavy_headers, Tree.sources),
    ("forbidden patterns", patterns.check_forbidden, Tree.sources),
    ("clock", patterns.check_clock, Tree.sources),
    ("limits in one file", patterns.check_limits, Tree.sources),
    ("file length", layout.check_length, Tree.sources),
    ("file names", layout.check_names, lambda tree: tree.paths),
    ("pure rooms: sigstore", includes.check_purity, in_rooms("sigstore")),
    ("pure rooms: policy", includes.check_purity, in_rooms("policy")),
    ("reason codes", reasons.check_reasons, lambda tree: [path for path in tree.paths if path == reasons.CODES]),
    ("machine traces", patterns.check_machine_traces, lambda tree: tree.paths),
    ("bash syntax", tools.check_bash_syntax, Tree.scripts),
    ("shellcheck", tools.check_shellcheck, Tree.scripts),
    ("readme", layout.check_readme, lambda tree: tree.paths),
    ("executable", layout.check_executable, Tree.programs),
]


def run_check(tree, name, check, inputs):
    """Findings of one check; an empty list of inputs is a finding of its own."""
    if not inputs(tree):
        return [Finding(".", 0, f"the check '{name}' found no file to look at", "mend its list of files, or run it in the tree")]
    return check(tree)


def main():
    tree = Tree.of_git(os.getcwd())
    findings = []
    for name, check, inputs in CHECKS:
        found = run_check(tree, name, check, inputs)
        outcome = f"{len(found)} findings" if found else "ok"
        if name == "shellcheck" and not tools.has_shellcheck():
            outcome = "not installed, not run"
        print(f"lint: {name}: {outcome}, {len(inputs(tree))} files")
        findings += found
    for finding in sorted(set(findings), key=str):
        print(finding, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
