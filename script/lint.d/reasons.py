#!/usr/bin/env python3
"""docs/reasons.md is made from the list of reason codes. Run as a program it writes the file; as a check it compares."""

import os
import re
import sys

from tree import Finding, Tree

CODES = "verifier/base/reason_codes.inc"
DOCUMENT = "docs/reasons.md"
CODE = re.compile(r'CHARTSEAL_REASON\(\s*(\w+),\s*"([^"]+)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)')
SECTION = re.compile(r"^// -- (.+?)\.?$")
PREFACE = """# Reason codes

Made from `verifier/base/reason_codes.inc` by `script/lint.d/reasons.py`; change that list, then run the program.

A code says why something was turned away (*no*) or could not be judged (*could not tell*). It appears in JSON output, in the text of denials and in
metrics. Names are a contract: none is ever renamed, new ones may be added.
"""


def render(lines):
    """The document for the lines of the list: a section for each `// --` comment, a row for each code."""
    out = [PREFACE.rstrip()]
    for line in _joined(lines):
        section, code = SECTION.match(line), CODE.match(line)
        if section:
            out.append(f"\n## {section[1]}\n\n| Code | Meaning |\n|---|---|")
        elif code:
            meaning = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', code[3]))
            out.append(f"| `{code[2]}` | {meaning} |")
    return "\n".join(out) + "\n"


def _joined(lines):
    """The lines, with an entry that was broken over several joined into one."""
    entry = ""
    for line in lines:
        entry = f"{entry} {line.strip()}" if entry else line
        if not entry.startswith("CHARTSEAL_REASON(") or entry.endswith(")"):
            yield entry
            entry = ""


def check_reasons(tree):
    """Every code is documented, and nothing else is."""
    if CODES not in tree.paths:
        return []
    want = render(tree.lines(CODES)).splitlines()
    have = tree.lines(DOCUMENT) if DOCUMENT in tree.paths else []
    if want == have:
        return []
    line = next((i for i, (a, b) in enumerate(zip(want, have), 1) if a != b), min(len(want), len(have)) + 1)
    return [Finding(DOCUMENT, line, f"differs from {CODES}", "run script/lint.d/reasons.py")]


if __name__ == "__main__":
    current = Tree(os.getcwd(), [CODES])
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(render(current.lines(CODES)))
    sys.exit(0)
