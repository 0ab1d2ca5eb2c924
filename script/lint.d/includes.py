"""Who may include whom, which third-party headers may appear where, and which rooms are pure."""

import re

from tree import Finding, room_of

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Each room of verifier/ and everything below it. docs/architecture.md draws the same picture.
VERIFIER_ROOMS = {
    "base": set(),
    "crypto": {"base"},
    "net": {"base"},
    "kube": {"base", "net"},
    "chart": {"base"},
    "workload": {"base"},
    "sigstore": {"base", "crypto"},
    "policy": {"base", "crypto", "sigstore"},
    "oci": {"base", "net"},
    "tuf": {"base", "net", "oci"},
    "verification": {"base", "crypto", "net", "chart", "workload", "sigstore", "policy", "oci", "tuf"},
}
LIBRARY = set(VERIFIER_ROOMS)
MAY_INCLUDE = {
    **VERIFIER_ROOMS,
    "webhook": LIBRARY,
    "publisher": LIBRARY,
    "audit": LIBRARY,
    "helm_plugin": LIBRARY,
    "cli": LIBRARY | {"publisher", "audit", "helm_plugin"},
    "sandbox": set(),
    "tests": LIBRARY | {"webhook", "publisher", "audit", "helm_plugin", "cli", "sandbox"},
}
# Single headers that a room may take from a room it otherwise does not see, each with a decision record.
EXCEPTIONS = {
    ("oci", "verifier/crypto/digest.h"),  # docs/decisions/0001
    ("chart", "verifier/crypto/digest.h"),
    ("workload", "verifier/crypto/digest.h"),  # docs/decisions/0016
    ("workload", "verifier/oci/reference.h"),
}
OWN_ROOTS = ("verifier/", "webhook/", "cli/", "publisher/", "audit/", "helm_plugin/", "tests/")


def includes(tree, path):
    """(line number, is it in quotes, included path) of each include of a file."""
    for number, line in enumerate(tree.lines(path), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] == '"', match[2]


def check_direction(tree):
    """Includes go downwards only."""
    findings = []
    for path in tree.sources():
        room = room_of(path)
        if room not in MAY_INCLUDE:
            findings.append(Finding(path, 0, f"'{room}' is no room of this tree", "move it into a room of docs/architecture.md"))
            continue
        for number, quoted, target in includes(tree, path):
            findings += _judge_include(tree, path, room, number, quoted, target)
    return findings


def _judge_include(tree, path, room, number, quoted, target):
    if not target.startswith(OWN_ROOTS):
        beside = path.rsplit("/", 1)[0] + "/" + target
        if quoted and (beside in tree.paths or target.startswith(".")):
            return [Finding(path, number, f'"{target}" is not rooted at the repository', f'include "{beside}"')]
        return []
    if not quoted:
        return [Finding(path, number, f"<{target}> is one of our headers", f'include "{target}"')]
    below = room_of(target)
    if below == room or below in MAY_INCLUDE[room] or (room, target) in EXCEPTIONS:
        return []
    seen = ", ".join(sorted(MAY_INCLUDE[room])) or "nothing else of this tree"
    return [
        Finding(path, number, f'{room} may not include "{target}"', f"{room} sees {seen}; pass what it needs as an argument")
    ]


# Header pattern, where it may be included, what stands in front of it elsewhere.
HEAVY = [
    (
        r"openssl/",
        r"verifier/crypto/[^/]*\.cc|verifier/crypto/openssl_ptr\.h|webhook/[^/]*(server|tls)[^/]*\.cc|tests/.*",
        "the types of verifier/crypto",
    ),
    (r"sodium\.h$", r"publisher/signing/cosign_key\.cc", "publisher/signing/cosign_key.h"),
    (r"nlohmann/", r"verifier/base/[^/]*json[^/]*\.cc|tests/.*", "verifier/base/strict_json.h"),
    (r"simdjson\.h$", r"verifier/base/json_document\.cc|tests/bench/.*", "verifier/base/json_document.h"),
    (r"yaml-cpp/", r"verifier/base/(strict_yaml|yaml_syntax)\.cc", "verifier/base/strict_yaml.h"),
    (r"curl/", r"verifier/net/[^/]*\.cc", "the HTTP client interface of verifier/net"),
    (r"boost/", r"webhook/[^/]*\.cc|webhook/[^/]*_internal\.h", "the server interface of webhook"),
    (r"spdlog/", r"verifier/base/log\.cc", "verifier/base/log.h"),
    (r"CLI/", r"cli/.*|.*/main\.cc", "options structs that main.cc fills"),
    (r"httplib\.h$", r"tests/sandbox/.*", "the sandbox, or verifier/net for clients"),
]


def check_heavy_headers(tree):
    """Heavy third-party headers stay in the few files that wrap them."""
    findings = []
    for path in tree.sources():
        for number, _, target in includes(tree, path):
            for header, allowed, instead in HEAVY:
                if re.match(header, target) and not re.fullmatch(allowed, path):
                    findings.append(Finding(path, number, f"{target} does not belong here", f"use {instead}"))
    return findings


IMPURE_HEADER = re.compile(
    r"fstream|iostream|filesystem|random|thread|future|chrono|ctime|time\.h|unistd\.h|fcntl\.h|netdb\.h|poll\.h|"
    r"sys/(socket|stat|types|time|epoll)\.h|netinet/.*|arpa/.*|absl/time/clock\.h|verifier/base/clock\.h"
)


def check_purity(tree):
    """sigstore/ and policy/ compute from their arguments: no files, sockets, threads, clock or randomness."""
    findings = []
    for path in tree.sources():
        if room_of(path) not in ("sigstore", "policy"):
            continue
        for number, _, target in includes(tree, path):
            if IMPURE_HEADER.fullmatch(target):
                findings.append(
                    Finding(path, number, f"{target} in a pure room", "take bytes, absl::Time or keys as arguments instead")
                )
    return findings
