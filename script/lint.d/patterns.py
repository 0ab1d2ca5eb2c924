"""Things that no line may contain. Patterns are put together from pieces, so that this file does not contain them itself."""

import re

from tree import Finding, code

UNDONE = "|".join(["TO" + "DO", "FIX" + "ME", r"\bXX" + r"X\b", "not imple" + "mented", "unimple" + "mented", r"[^a-z]st" + r"ub[^a-z]", "place" + "holder"])
FORBIDDEN_IN_SOURCES = [
    (re.compile(r"std::" + r"regex|#\s*include\s*<" + r"regex>"), "std::" + "regex overflows the stack on long input", "use RE2"),
    (re.compile("GTEST_" + "SKIP"), "a skipped test proves nothing", "make the test run everywhere or delete it"),
    (re.compile("DISABLED" + "_"), "a disabled test proves nothing", "mend the test or delete it"),
]
CLOCK = re.compile(r"absl::Now\s*\(|[Cc]lock::now\s*\(|\bgettimeofday\s*\(|\bclock_gettime\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)")
MAY_READ_CLOCK = re.compile(r"(.*/)?main\.cc|cli/.*|webhook/server[^/]*|verifier/net/.*|verifier/base/clock[^/]*|tests/.*")


def _matches(tree, paths, pattern, what, todo, strip_comments=False):
    findings = []
    for path in paths:
        for number, line in enumerate(tree.lines(path), 1):
            if pattern.search(code(line) if strip_comments else line):
                findings.append(Finding(path, number, what, todo))
    return findings


def check_forbidden(tree):
    """Banned library parts, tests that do not run, words that say something is not done."""
    findings = []
    for pattern, what, todo in FORBIDDEN_IN_SOURCES:
        findings += _matches(tree, tree.sources(), pattern, what, todo)
    build_files = [path for path in tree.paths if path.endswith((".cmake", "CMakeLists.txt"))]
    paths = sorted({*tree.sources(), *tree.scripts(), *build_files, *[p for p in tree.paths if p.startswith("script/")]})
    findings += _matches(tree, paths, re.compile(UNDONE), "a word that says something is not done", "do it, or delete it")
    return findings


def check_clock(tree):
    """Time is an argument."""
    paths = [path for path in tree.sources() if not MAY_READ_CLOCK.fullmatch(path)]
    return _matches(tree, paths, CLOCK, "reads the clock", "take absl::Time as an argument; only main and the server loop ask", True)


LIMIT = re.compile(
    r"\b(?:kMax|kLimit)[A-Z0-9]\w*(?:\[\])?\s*(?:=(?!=)|\{)(?P<value>[^;{}]*)|#\s*define\s+(?:kMax|kLimit)\w*[ \t]+(?P<macro>.*)"
)


def check_limits(tree):
    """Every limit on outside input is in one file, with its reason. A name for a limit of that file is no definition."""
    home = "verifier/base/limits.h"
    findings = []
    for path in tree.sources():
        if not path.startswith(("verifier/", "webhook/")) or path == home:
            continue
        text = "\n".join(code(line) for line in tree.lines(path))
        for match in LIMIT.finditer(text):
            if re.search(r"\b\d", match["value"] or match["macro"] or ""):
                line = text.count("\n", 0, match.start()) + 1
                findings.append(Finding(path, line, "a limit is defined here", f"move it to {home} and give its reason there"))
    return findings


# An absolute path into somebody's machine; the character before it tells it from the middle of a URL or a relative path.
MACHINE_PATH = re.compile(r"(^|[^\w.])/(?:work|farm|root|home/[a-z]+|Users/\w+)/|/(?:tmp)/wt\b|\.py" + r"env/")
# Where packages come from: the names of package ecosystems, or of mirrors and proxies in front of them, as a host in a URL.
HOST = r"https?://(?:[^/\s@]*@)?"
ECOSYSTEM = r"(?:npm(?:js)?|yarnpkg|pypi|pythonhosted|golang|goproxy|crates|rubygems|debian|ubuntu|nexus|artifactory|devpi|verdaccio)"
REGISTRY_HOST = re.compile(
    HOST + r"[\w.-]*\b" + ECOSYSTEM + r"\b[\w.-]*|\b(?:deb|registry|proxy|sum|index|static|files)\.(?:" + ECOSYSTEM + r")\.(?:org|com|io)\b"
)
RESERVED_NAME = re.compile(r"\.(?:example|test|invalid|localhost)(?:[:/\"'\s]|$)|example\.(?:com|org|net)|localhost|127\.0\.0\.1")


def check_machine_traces(tree):
    """Nothing of the machine that it was written on, and no package registry or mirror by host name."""
    findings = []
    for path in tree.paths:
        if path == "LICENSE":
            continue
        for number, line in enumerate(tree.lines(path), 1):
            if MACHINE_PATH.search(line):
                findings.append(Finding(path, number, "a path of one machine", "make it relative, or take it from the environment"))
            for host in REGISTRY_HOST.finditer(line):
                if not RESERVED_NAME.search(host[0]):
                    todo = "name the package, not the host; for a lock file: npm install --omit-lockfile-registry-resolved"
                    findings.append(Finding(path, number, "host name of a package registry", todo))
    return findings
