"""Charts for releases: small, with one of everything that helm treats in its own way."""

import os
import shutil

CHART = """apiVersion: v2
name: {name}
version: {version}
description: A chart of the scenarios
type: application
dependencies:
- {{ name: part, version: 0.1.0, alias: side, condition: side.enabled }}
"""
SCHEMA = '{ "type": "object", "properties": { "replicas": { "type": "integer" } } }\n'
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  greeting: {{ .Values.greeting | quote }}
  notes: {{ .Files.Get "files/notes.txt" | quote }}
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec: { containers: [ { name: main, image: {{ .Values.image | quote }} } ] }
"""
# PodTemplates name images like Pods, and helm does not wait until one has run: here nothing runs.
HOOK = """apiVersion: v1
kind: PodTemplate
metadata:
  name: {{ .Release.Name }}-hook
  annotations: { helm.sh/hook: "pre-install,pre-upgrade,pre-rollback" }
template:
  spec: { containers: [ { name: main, image: {{ .Values.hookImage | default .Values.image | quote }} } ] }
"""
DEFINITION = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.{group}
spec:
  group: {group}
  scope: Namespaced
  names: {{ kind: Widget, plural: widgets }}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {{ spec: {{ type: object, properties: {{ size: {{ type: integer }} }} }} }}
"""
# Without any action: what it renders to is what it says, so that a release can be held to it.
SIDE = """apiVersion: v1
kind: ConfigMap
metadata:
  name: side
data:
  from: the vendored chart
"""
SIDE_WITH_ACTION = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-side
data:
  from: the vendored chart
"""
PART = "charts/part/templates/side.yaml"
# Everything at once that helm does to dependencies before it records them.
UMBRELLA = """apiVersion: v2
name: umbrella
version: 1.2.3
dependencies:
- { name: part, version: ">=0.1.0", repository: "file://../part", import-values: [shared], tags: [extra] }
- { name: part, version: 0.1.0, repository: "file://../part", alias: other, condition: other.enabled,
    import-values: [ { child: own, parent: taken } ] }
- { name: lib, version: 0.1.0, repository: "file://../lib" }
"""
UMBRELLA_FILES = {
    "part/Chart.yaml": "apiVersion: v2\nname: part\nversion: 0.1.0\n",
    "part/values.yaml": "own: { a: 1, b: null }\nexports: { shared: { greeting: imported, list: [1, 2.5, 1e3] } }\n",
    "part/templates/part.yaml": SIDE_WITH_ACTION.replace("-side", "-{{ .Chart.Name }}-{{ .Values.nameSuffix }}"),
    "lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 0.1.0\ntype: library\n",
    "lib/templates/_lib.yaml": '{{ define "lib.data" }}greeting: {{ .Values.greeting | quote }}{{ end }}\n',
    "umbrella/values.yaml": "global: { team: shop }\npart: { nameSuffix: one }\nother: { enabled: true, nameSuffix: two }\n"
                            "tags: { extra: true }\n",
    "umbrella/templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }}-settings }\n"
                                      'data: { {{ include "lib.data" . }} }\n',
    "umbrella/.helmignore": "*.swp\n", "umbrella/left.swp": "ignored\n",
}


def definition(group):
    return DEFINITION.format(group=group)


class Chart:
    """The directory of a chart."""

    def __init__(self, directory, name, version):
        self.directory, self.name, self.version = directory, name, version

    @classmethod
    def new(cls, directory, name, image, version="1.2.3", files=None):
        """Everything in it renders to what is signed; `files` come on top."""
        chart = cls(directory, name, version)
        for path, text in {
                "Chart.yaml": CHART.format(name=name, version=version),
                "values.yaml": f"greeting: hello\nreplicas: 1\nimage: {image}\nside: {{ enabled: true }}\n",
                "values.schema.json": SCHEMA, "README.md": "# A chart\n", "files/notes.txt": "line one\nline two\n",
                "templates/config.yaml": CONFIG, "templates/deployment.yaml": DEPLOYMENT, "templates/hook.yaml": HOOK,
                "templates/NOTES.txt": "Installed as {{ .Release.Name }}.\n",
                "charts/part/Chart.yaml": "apiVersion: v2\nname: part\nversion: 0.1.0\n", PART: SIDE, **(files or {})}.items():
            chart.write(path, text)
        return chart

    @classmethod
    def umbrella(cls, directory):
        """A chart with dependencies that are not in it yet: they lie beside it."""
        beside = cls(directory, "", "")
        for path, text in {"umbrella/Chart.yaml": UMBRELLA, **UMBRELLA_FILES}.items():
            beside.write(path, text)
        return cls(os.path.join(directory, "umbrella"), "umbrella", "1.2.3")

    def copy(self, directory):
        """The same chart in another directory."""
        shutil.copytree(self.directory, directory)
        return Chart(directory, self.name, self.version)

    def write(self, path, text):
        full = os.path.join(self.directory, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, path):
        with open(os.path.join(self.directory, path), encoding="utf-8") as file:
            return file.read()

    def replace(self, path, old, new):
        """Changes a text that must be in the file."""
        text = self.read(path)
        assert old in text, f"{path} has no {old!r}"
        self.write(path, text.replace(old, new))

    def renumber(self, version):
        """Gives it another version."""
        self.replace("Chart.yaml", f"\nversion: {self.version}\n", f"\nversion: {version}\n")
        self.version = version
