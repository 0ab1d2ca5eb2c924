"""Charts to publish, and what helm makes of them."""

import os
import re
import threading

CHART = """apiVersion: v2
name: {name}
version: {version}
appVersion: "1.0.0"
description: A <small> chart & "its" configmap – nothing runs
type: application
home: https://example.com/{name}
sources: [https://example.com/{name}.git]
maintainers: [{{ name: Ada, email: ada@example.com }}, {{ name: Grace }}]
keywords: [interop, test]
annotations: {{ example.com/channel: stable }}
dependencies: [{{ name: part, version: 0.1.0 }}]
"""
TEMPLATE = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
  labels: { made-by: interop }
data:
  greeting: {{ .Values.greeting | quote }}
  notes: {{ .Files.Get "files/notes.txt" | quote }}
"""
PART = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-part
  labels: { part-of: {{ .Release.Name }}, made-by: interop }
"""
FILES = {"templates/configmap.yaml": TEMPLATE, "values.yaml": "greeting: hello\n", "files/notes.txt": "line one\nline two\n",
         "charts/part/Chart.yaml": "apiVersion: v2\nname: part\nversion: 0.1.0\n", "charts/part/values.yaml": "{}\n",
         "charts/part/templates/part.yaml": PART, "README.md": "# A chart\n", ".helmignore": "*.swp\n# editors\n.idea/\n", "left.swp": "ignored\n"}

_counting = threading.Lock()
_count = 0


def fresh_name():
    """A name that no other chart of this run has."""
    global _count
    with _counting:
        _count += 1
        return f"chart{_count}"


class Chart:
    """The directory of a chart, with a name of its own."""

    def __init__(self, parent, version="1.2.3", files=None):
        self.name, self.version = fresh_name(), version
        self.directory = os.path.join(parent, self.name)
        for path, text in {"Chart.yaml": CHART.format(name=self.name, version=version), **FILES, **(files or {})}.items():
            self.write(path, text)

    def write(self, path, text):
        """A file of the chart, with directories as needed."""
        full = os.path.join(self.directory, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    @property
    def tag(self):
        return self.version.replace("+", "_")


def packaged_by_helm(helm, chart, out):
    """The path of helm's archive."""
    os.makedirs(out, exist_ok=True)
    text = helm.ok("package", chart.directory, "--destination", out)
    path = re.search(r"saved it to: (.*)", text)[1].strip()
    give_equal_times(path)
    return path


def give_equal_times(path):
    """Makes modification and change time the same second: helm 3.16 writes the one into manifests, later versions the other."""
    while True:
        os.utime(path)
        if int(os.stat(path).st_mtime) == int(os.stat(path).st_ctime):
            return


def digest_in(answer):
    """The digest that helm says it pushed."""
    found = re.findall(r"^Digest: (sha256:[0-9a-f]{64})$", answer.text(), re.MULTILINE)
    assert len(found) == 1, f"expected one digest\n{answer}"
    return found[0]
