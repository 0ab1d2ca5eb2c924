#!/usr/bin/env python3
"""Proves that each check of script/lint catches a seeded violation, and lets the nearest legitimate line pass."""

import os
import shutil
import stat
import sys
import tempfile
import unittest
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "script", "lint.d"))

import includes
import layout
import lint
import patterns
import reasons
import tools
from tree import Tree


class Seeded(unittest.TestCase):
    """Writes made-up trees into a scratch directory."""

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)

    def tree(self, files, executable=()):
        for path, text in files.items():
            absolute = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(absolute), exist_ok=True)
            with open(absolute, "w", encoding="utf-8") as file:
                file.write(text)
            if path in executable:
                os.chmod(absolute, os.stat(absolute).st_mode | stat.S_IXUSR)
        return Tree(self.root, files)

    def refuses(self, check, files, path, line, words, **options):
        found = check(self.tree(files, **options))
        self.assertEqual([(f.path, f.line) for f in found], [(path, line)], [str(f) for f in found])
        self.assertIn(words, str(found[0]))
        self.assertTrue(found[0].todo, "a finding says what to do")

    def accepts(self, check, files, **options):
        self.assertEqual([str(f) for f in check(self.tree(files, **options))], [])


class IncludeDirection(Seeded):
    def include(self, path, target):
        return {path: f'#pragma once\n#include "{target}"\n'}

    def test_each_upward_include_is_refused_with_the_line(self):
        upward = [
            ("verifier/base/a.h", "verifier/crypto/digest.h"),
            ("verifier/crypto/a.cc", "verifier/net/url.h"),
            ("verifier/net/a.cc", "verifier/crypto/digest.h"),
            ("verifier/net/a.cc", "verifier/oci/reference.h"),
            ("verifier/chart/a.cc", "verifier/oci/reference.h"),
            ("verifier/sigstore/a.cc", "verifier/policy/identity.h"),
            ("verifier/sigstore/a.cc", "verifier/net/http_client.h"),
            ("verifier/policy/a.cc", "verifier/oci/reference.h"),
            ("verifier/oci/a.cc", "verifier/sigstore/bundle.h"),
            ("verifier/oci/a.cc", "verifier/crypto/public_key.h"),
            ("verifier/tuf/a.cc", "verifier/verification/verify.h"),
            ("verifier/verification/a.cc", "webhook/server.h"),
            ("verifier/verification/a.cc", "publisher/push.h"),
            ("webhook/a.cc", "publisher/push.h"),
            ("webhook/a.cc", "cli/options.h"),
            ("publisher/a.cc", "webhook/server.h"),
            ("publisher/a.cc", "cli/options.h"),
            ("cli/a.cc", "webhook/server.h"),
            ("verifier/base/a.cc", "tests/sandbox/registry.h"),
            ("tests/sandbox/a.cc", "verifier/base/hex.h"),
            ("tests/sandbox/a.cc", "webhook/server.h"),
            ("tests/sandbox/a.cc", "cli/options.h"),
            ("tests/sandbox/a.cc", "publisher/sign.h"),
            ("tests/sandbox/a.cc", "tests/base/helpers.h"),
        ]
        for path, target in upward:
            with self.subTest(path=path, target=target):
                self.refuses(includes.check_direction, self.include(path, target), path, 2, "may not include")

    def test_downward_includes_pass(self):
        downward = [
            ("verifier/crypto/a.cc", "verifier/base/hex.h"),
            ("verifier/policy/a.cc", "verifier/crypto/public_key.h"),
            ("verifier/tuf/a.cc", "verifier/net/url.h"),
            ("verifier/oci/a.cc", "verifier/crypto/digest.h"),
            ("verifier/verification/a.cc", "verifier/policy/policy.h"),
            ("webhook/a.cc", "verifier/verification/verify.h"),
            ("cli/a.cc", "publisher/sign.h"),
            ("tests/webhook/a.cc", "tests/sandbox/registry.h"),
            ("tests/sandbox/a.cc", "tests/sandbox/registry.h"),
        ]
        for path, target in downward:
            with self.subTest(path=path, target=target):
                self.accepts(includes.check_direction, self.include(path, target))

    def test_an_include_that_is_not_rooted_at_the_repository_is_refused(self):
        files = {"verifier/oci/a.cc": '#include "reference.h"\n', "verifier/oci/reference.h": "#pragma once\n"}
        self.refuses(includes.check_direction, files, "verifier/oci/a.cc", 1, "not rooted")
        files = {"verifier/oci/a.cc": '#include "../sigstore/bundle.h"\n'}
        self.refuses(includes.check_direction, files, "verifier/oci/a.cc", 1, "not rooted")

    def test_angle_brackets_do_not_hide_an_include_of_ours(self):
        files = {"verifier/base/a.cc": "#include <verifier/oci/reference.h>\n"}
        self.refuses(includes.check_direction, files, "verifier/base/a.cc", 1, "one of our headers")

    def test_a_room_nobody_knows_is_refused(self):
        self.refuses(includes.check_direction, {"verifier/misc/a.cc": ""}, "verifier/misc/a.cc", 0, "no room")
        self.refuses(includes.check_direction, {"extra/a.cc": ""}, "extra/a.cc", 0, "no room")


class HeavyHeaders(Seeded):
    def test_each_heavy_header_is_refused_outside_its_files(self):
        misplaced = [
            ("openssl/evp.h", "verifier/crypto/digest.h"),
            ("openssl/evp.h", "verifier/sigstore/set.cc"),
            ("openssl/ssl.h", "webhook/extractors.cc"),
            ("openssl/ssl.h", "webhook/session_internal.h"),
            ("nlohmann/json.hpp", "verifier/sigstore/bundle.cc"),
            ("nlohmann/json_fwd.hpp", "verifier/base/strict_json.h"),
            ("yaml-cpp/yaml.h", "verifier/policy/policy_file.cc"),
            ("curl/curl.h", "verifier/oci/registry_client.cc"),
            ("curl/curl.h", "verifier/net/http_client.h"),
            ("boost/asio.hpp", "webhook/server.h"),
            ("boost/beast.hpp", "verifier/net/http_client.cc"),
            ("spdlog/spdlog.h", "webhook/server.cc"),
            ("CLI/CLI.hpp", "verifier/policy/policy.cc"),
            ("httplib.h", "tests/oci/registry_client_test.cc"),
            ("httplib.h", "webhook/server.cc"),
        ]
        for header, path in misplaced:
            for opening, closing in ("<>", '""'):
                with self.subTest(header=header, path=path):
                    files = {path: f"\n#include {opening}{header}{closing}\n"}
                    self.refuses(includes.check_heavy_headers, files, path, 2, header)

    def test_the_files_that_wrap_them_pass(self):
        homes = [
            ("openssl/evp.h", "verifier/crypto/digest.cc"),
            ("openssl/evp.h", "verifier/crypto/openssl_ptr.h"),
            ("openssl/evp.h", "tests/sandbox/fulcio.cc"),
            ("openssl/ssl.h", "webhook/server.cc"),
            ("nlohmann/json.hpp", "verifier/base/strict_json.cc"),
            ("yaml-cpp/yaml.h", "verifier/base/strict_yaml.cc"),
            ("curl/curl.h", "verifier/net/curl_client.cc"),
            ("boost/asio.hpp", "webhook/session_internal.h"),
            ("spdlog/spdlog.h", "verifier/base/log.cc"),
            ("CLI/CLI.hpp", "cli/verify.cc"),
            ("CLI/CLI.hpp", "webhook/main.cc"),
            ("httplib.h", "tests/sandbox/registry.cc"),
        ]
        for header, path in homes:
            with self.subTest(header=header, path=path):
                self.accepts(includes.check_heavy_headers, {path: f"#include <{header}>\n"})


class Purity(Seeded):
    def test_input_output_clock_and_threads_are_refused_in_pure_rooms(self):
        for room in ("sigstore", "policy"):
            for header in ("fstream", "iostream", "sys/socket.h", "netdb.h", "chrono", "absl/time/clock.h", "random", "thread"):
                with self.subTest(room=room, header=header):
                    path = f"verifier/{room}/a.cc"
                    self.refuses(includes.check_purity, {path: f"#include <{header}>\n"}, path, 1, "pure room")

    def test_other_rooms_and_values_of_time_pass(self):
        self.accepts(includes.check_purity, {"verifier/net/a.cc": "#include <fstream>\n"})
        self.accepts(includes.check_purity, {"verifier/policy/a.cc": '#include "absl/time/time.h"\n#include <string>\n'})


class Patterns(Seeded):
    def test_each_forbidden_pattern_is_refused(self):
        bad = ["std::" + "regex r;", "#include <" + "regex>", "GTEST_" + "SKIP();", "TEST(A, DISABLED" + "_B) {}"]
        bad += ["// TO" + "DO: later", "// FIX" + "ME", "// XX" + "X", "// not imple" + "mented", "// a st" + "ub here"]
        for line in bad:
            with self.subTest(line=line):
                files = {"tests/oci/a_test.cc": f"int a;\n{line}\n"}
                self.refuses(patterns.check_forbidden, files, "tests/oci/a_test.cc", 2, ":")

    def test_the_template_of_mkdtemp_is_no_mark_of_unfinished_work(self):
        self.accepts(patterns.check_forbidden, {"tests/oci/a_test.cc": 'char name[] = "scratch-' + "X" * 6 + '";\n'})

    def test_words_of_unfinished_work_are_refused_in_scripts_and_build_files(self):
        for path in ("script/demo", "CMakeLists.txt", "cmake/a.cmake"):
            with self.subTest(path=path):
                self.refuses(patterns.check_forbidden, {path: "# TO" + "DO\n"}, path, 1, "not done")

    def test_the_clock_is_read_in_few_places(self):
        for line in ("absl::Now()", "std::chrono::steady_clock::now()", "time(nullptr)", "clock_gettime(CLOCK_REALTIME, &t)"):
            with self.subTest(line=line):
                files = {"verifier/verification/a.cc": f"auto t = {line};\n"}
                self.refuses(patterns.check_clock, files, "verifier/verification/a.cc", 1, "reads the clock")
        self.refuses(patterns.check_clock, {"webhook/cache.cc": "absl::Now();\n"}, "webhook/cache.cc", 1, "reads the clock")
        for path in ("webhook/main.cc", "webhook/server.cc", "cli/verify.cc", "verifier/net/a.cc", "verifier/base/clock.cc"):
            with self.subTest(path=path):
                self.accepts(patterns.check_clock, {path: "absl::Now();\n"})
        self.accepts(patterns.check_clock, {"verifier/oci/a.cc": "Fetch(now);  // absl::Now() is the caller's\n"})

    def test_limits_outside_their_file_are_refused(self):
        for line in (
            "constexpr size_t kMaxBytes = 64 * 1024;",
            "inline constexpr absl::Duration kLimitWait = absl::Seconds(5);",
            "static const int kMaxDepth{7};",
            "constexpr size_t kMaxBytes =\n    4096;",
            "enum { kMaxCount = 9 };",
            "#define kMaxDepth 12",
        ):
            for path in ("verifier/oci/a.cc", "webhook/a.h"):
                with self.subTest(line=line, path=path):
                    self.refuses(patterns.check_limits, {path: f"\n{line}\n"}, path, 2, "limits.h")

    def test_using_a_limit_is_not_defining_one(self):
        self.accepts(patterns.check_limits, {"verifier/base/limits.h": "inline constexpr int kMaxDepth = 64;\n"})
        self.accepts(patterns.check_limits, {"tests/oci/a.cc": "constexpr int kMaxDepth = 64;\n"})
        uses = "if (n == kMaxDepth) return 1;\nif (kMaxDepth == 64) {}\nconst size_t limit = kMaxBytes;\n"
        self.accepts(patterns.check_limits, {"verifier/oci/a.cc": uses + "constexpr auto kMaxHere = limits::kMaxBytes;\n"})

    def test_machine_paths_are_refused(self):
        for path in ("/ro" + "ot/.cache", "/ho" + "me/ann/x", "/wo" + "rk/main", "/Us" + "ers/ann/x", "/tmp" + "/wt/a"):
            with self.subTest(path=path):
                self.refuses(patterns.check_machine_traces, {"docs/a.md": f"\nsee {path}\n"}, "docs/a.md", 2, "one machine")
        fine = "https://host.example/ho" + "me/ann/\n./wo" + "rk/a\nverifier/ro" + "ot/x\n"
        self.accepts(patterns.check_machine_traces, {"docs/a.md": fine})

    def test_package_registry_hosts_are_refused(self):
        hosts = ["https://registry.np" + "mjs.org/x", "http://deb.deb" + "ian.org/debian", "https://py" + "pi.org/simple"]
        hosts += ["https://user:secret@nex" + "us.corp.internal/repo", "proxy.gol" + "ang.org,direct", "http://np" + "m.corp:4873/a"]
        for host in hosts:
            with self.subTest(host=host):
                files = {"package-lock.json": f'{{"resolved": "{host}"}}\n'}
                self.refuses(patterns.check_machine_traces, files, "package-lock.json", 1, "package registry")

    def test_container_registries_and_reserved_names_pass(self):
        fine = ["https://ghcr.io/v2/", "registry.k8s.io/pause", "https://registry.example.com/v2/", "http://nex" + "us.test:80/v2/"]
        self.accepts(patterns.check_machine_traces, {"tests/oci/a.cc": "\n".join(fine)})


class Layout(Seeded):
    def test_a_file_of_401_lines_is_refused_and_400_pass(self):
        self.refuses(layout.check_length, {"cli/a.cc": "\n" * 401}, "cli/a.cc", 401, "401 lines")
        self.accepts(layout.check_length, {"cli/a.cc": "\n" * 400})

    def test_a_drawer_for_everything_is_refused(self):
        path = "verifier/base/string_" + "utils.h"
        self.refuses(layout.check_names, {path: ""}, path, 0, "named")

    def test_a_readme_without_the_two_commands_is_refused(self):
        self.refuses(layout.check_readme, {"README.md": "run script/test\n"}, "README.md", 0, "script/demo")
        self.refuses(layout.check_readme, {"README.md": "run script/demo\n"}, "README.md", 0, "script/test")
        self.assertEqual(len(layout.check_readme(self.tree({"a": ""}))), 2)

    def test_a_program_that_cannot_be_run_is_refused(self):
        files = {"script/a": "#!/usr/bin/env bash\n"}
        self.refuses(layout.check_executable, files, "script/a", 1, "not executable")
        self.accepts(layout.check_executable, files, executable=["script/a"])


class Tools(Seeded):
    def test_an_unformatted_file_is_refused_with_its_line(self):
        files = {".clang-format": "BasedOnStyle: Google\n", "cli/a.cc": "int a;\nint   b;\n"}
        self.refuses(tools.check_format, files, "cli/a.cc", 2, "not formatted")
        self.accepts(tools.check_format, {".clang-format": "BasedOnStyle: Google\n", "cli/a.cc": "int a;\nint b;\n"})

    def test_a_script_that_bash_cannot_parse_is_refused(self):
        files = {"script/a": "#!/usr/bin/env bash\nif true; then\necho\n"}
        found = tools.check_bash_syntax(self.tree(files))
        self.assertEqual([f.path for f in found], ["script/a"])
        self.assertIn("cannot parse", str(found[0]))
        self.accepts(tools.check_bash_syntax, {"script/a": "#!/usr/bin/env bash\ntrue\n"})

    def test_what_shellcheck_warns_about_is_refused(self):
        # A stand-in that complains as shellcheck does, since shellcheck itself is optional.
        files = {"script/a": "#!/usr/bin/env bash\ntrue\n"}
        stand_in = os.path.join(self.root, "bin", "shellcheck")
        self.tree({"bin/shellcheck": "#!/bin/sh\necho 'script/a:2:1: warning: Use cd || exit. [SC2164]'\nexit 1\n"})
        os.chmod(stand_in, 0o755)
        path = os.path.dirname(stand_in) + os.pathsep + os.environ["PATH"]
        with mock.patch.dict(os.environ, {"PATH": path}):
            self.refuses(tools.check_shellcheck, files, "script/a", 2, "SC2164")


class Reasons(Seeded):
    CODES = '// -- No: who signed.\nCHARTSEAL_REASON(kA, "a-mismatch",\n                 "first " "second")\n'

    def test_the_document_has_a_row_for_each_code(self):
        self.assertIn("## No: who signed\n\n| Code | Meaning |\n|---|---|\n| `a-mismatch` | first second |\n", reasons.render(self.CODES.splitlines()))

    def test_a_code_that_is_not_documented_is_refused(self):
        document = reasons.render(self.CODES.splitlines())
        self.accepts(reasons.check_reasons, {reasons.CODES: self.CODES, reasons.DOCUMENT: document})
        files = {reasons.CODES: self.CODES + 'CHARTSEAL_REASON(kB, "b-missing", "b")\n', reasons.DOCUMENT: document}
        self.refuses(reasons.check_reasons, files, reasons.DOCUMENT, len(document.splitlines()) + 1, "differs")
        self.refuses(reasons.check_reasons, {reasons.CODES: self.CODES}, reasons.DOCUMENT, 1, "differs")


class Coordinator(Seeded):
    def test_every_check_over_no_file_is_an_error(self):
        nothing = self.tree({})
        for name, check, inputs in lint.CHECKS:
            with self.subTest(check=name):
                found = lint.run_check(nothing, name, check, inputs)
                self.assertEqual(len(found), 1)
                self.assertIn(f"'{name}' found no file", str(found[0]))

    def test_a_pure_room_that_vanished_is_an_error(self):
        tree = self.tree({"verifier/policy/a.cc": ""})
        check = next(entry for entry in lint.CHECKS if entry[0] == "pure rooms: sigstore")
        self.assertIn("found no file", str(lint.run_check(tree, *check)[0]))

    def test_every_check_is_wired_into_the_coordinator(self):
        wired = {check.__name__ for _, check, _ in lint.CHECKS}
        defined = {
            name for module in (includes, layout, patterns, reasons, tools) for name in dir(module) if name.startswith("check_")
        }
        self.assertEqual(wired, defined)

    def test_a_finding_reads_as_file_line_what_and_what_to_do(self):
        found = layout.check_length(self.tree({"cli/a.cc": "\n" * 401}))
        self.assertRegex(str(found[0]), r"^cli/a\.cc:401: 401 lines, at most 400: split ")


if __name__ == "__main__":
    unittest.main()
