"""Charts that are hard to package the way helm does."""

from publisher.scenarios.packages import content, packaged
from publisher.suite import scenario

FILES = (
    "a.txt", "b.md", "c.bak", ".hidden", "docs/a.txt", "docs/deep/a.txt", "docs/deep/er/b.md", "build/out.o", "build/keep/out.o", "src/build/x.o",
    "secret.key", "keys/secret.key", "keys/public.key", "UPPER.TXT", "with space.txt", "ünï.txt", "star*.txt", "br[a]cket.txt", "templates/x.yaml",
    "templates/x.yaml.bak", "templates/tests/t.yaml", "node_modules/m/index.js", "ci/values.yaml", "tmp/one", "tmp/two", "a/b/c/d/e.txt", "!bang.txt",
    "#hash.txt",
)
RULES = {
    "names": "c.bak\n*.key\nb.md\n",
    "directories": "build/\ndocs/deep/\nnode_modules/\n",
    "anchored": "/a.txt\n/docs/a.txt\n/build\n",
    "paths": "docs/*.txt\nkeys/*\ntemplates/tests/t.yaml\na/b\n",
    "negated": "!*.*\n",
    "negated, anchored": "!/*\n*.o\n",
    "negated, so that Chart.yaml goes": "*.txt\n!a.txt\n",
    "negated directories": "!docs/\n*.o\n",
    "classes": "[abc].*\n[D-Z]*\n[^a-z]*.txt\nbr\\[a\\]cket.txt\n",
    "two stars": "docs/**\n",
    "a class that does not end": "[a\n",
    "spaces and comments": "  *.bak  \n\n# a.txt\n \\#hash.txt\n#hash.txt\nwith space.txt\n",
    "question marks": "?.txt\nt?p\ndocs/?.txt\n",
    "hidden": ".*\n",
    "everything of a directory": "tmp/*\nci/\n",
    "carriage returns": "c.bak\r\n*.key\r\n",
    "other bytes": "ünï.txt\nstar\\*.txt\n",
    "a byte order mark": "\ufeffc.bak\n*.key\n",
}
CHARTS = {
    "long lines": 'description: "{long}"\nhome: https://example.com/{words}\n',
    "other languages": "description: 'Zürich – 東京 – 🚀 – \"quoted\" & <tagged>'\nkeywords: [été, \"yes\", \"1.0\", \"null\", \"~\"]\n",
    "blocks": "description: |\n  first line\n    indented\n\n  last line\nannotations:\n  folded: >-\n    one\n    two\n  keep: |+\n    text\n\n",
    "what looks like another type": "annotations: {{ a: 'true', b: '0x1F', c: '1e3', d: '2001-01-01', e: '', f: ' lead', g: 'trail ', h: '- dash', "
                                    "i: 'a: b', j: '# c', k: \"tab\\there\", l: \"line\\nline\", m: '@at', q: '*star', o: '%p', p: '!t' }}\n",
    "every field": "kubeVersion: '>=1.20.0-0'\nicon: https://example.com/i.png\ndeprecated: true\ntags: a,b\ncondition: x.enabled\n"
                   "sources: [https://a.example, https://b.example]\nmaintainers:\n- {{ name: Ada, email: a@example.com, url: https://ada.example }}\n",
}
PLAIN_CHART = "apiVersion: v2\nname: {name}\nversion: 1.2.3\n"
BY = "helm 3.17", "helm 4.2"


def the_same_as_helm(world, chart):
    if not all(world.helms[version].run("package", chart.directory, "-d", world.directory).succeeded for version in BY):
        refused = world.chartseal.package(chart, world.directory, 1)
        assert refused.code in (1, 3), f"helm refuses the chart, chartseal does not\n{refused}"
        return
    ours = dict(content(packaged(world, chart)))
    for version in BY:
        theirs = dict(content(world.helm_archive(chart, version)))
        only_ours, only_theirs = sorted(ours.keys() - theirs.keys()), sorted(theirs.keys() - ours.keys())
        assert not only_ours and not only_theirs, f"only chartseal has {only_ours}, only {version} has {only_theirs}"
        different = [f"{name}\n{version}: {theirs[name]!r}\nchartseal: {ours[name]!r}" for name in ours if ours[name] != theirs[name]]
        assert not different, "\n".join(different)


def ignores(world, rules):
    files = {path: f"{path}\n" for path in FILES}
    chart = world.chart(files={**files, "templates/x.yaml": "# nothing\n", "templates/tests/t.yaml": "# nothing\n", ".helmignore": rules})
    chart.write("Chart.yaml", PLAIN_CHART.format(name=chart.name))  # no dependency, which a rule could take away
    the_same_as_helm(world, chart)


for each_name, each_rules in RULES.items():
    scenario(f"chartseal package leaves out what helm leaves out: .helmignore with {each_name}", ignores, each_rules)


def writes(world, more):
    chart = world.chart()
    text = (PLAIN_CHART + more).format(name=chart.name, long="word & <word> " * 20 + "x" * 120, words="-".join(["word"] * 40))
    chart.write("Chart.yaml", text + "dependencies: [{ name: part, version: 0.1.0 }]\n")
    the_same_as_helm(world, chart)


for each_name, each_more in CHARTS.items():
    scenario(f"chartseal package writes Chart.yaml as helm does: {each_name}", writes, each_more)
