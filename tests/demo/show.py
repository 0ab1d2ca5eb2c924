"""Asks about everything in the registry and prints the table. Exit code 1 when an answer is not the expected one.

Usage: show.py WORK REGISTRY WEBHOOK, after prepare.py WORK REGISTRY.
"""

import json
import sys

import recorded
import reviews
from fresh import FRESH
from publishing import Publisher, show_publishing
from table import Answer, Table, print_wrapped
from verifying import verify

UNREACHABLE = "127.0.0.1:1"  # nothing listens there
SHOWN = ("Pod init", "Pod lost")  # whose denials are printed in full


def show_recorded(table, registry, trusted_root):
    identity = recorded.identity_flags()
    for case in recorded.load()["cases"]:
        who = ("--key", f"{recorded.DIRECTORY}/{case['key']}") if case.get("key") else identity
        answer, milliseconds = verify(recorded.reference(registry, case["name"]), *who, trusted_root=trusted_root)
        table.row(case["name"], recorded.summary(case), answer, milliseconds, Answer(case["expect"], case["reason"]))


def show_fresh(table, registry, trusted_root, policy, digests):
    def ask(name, what, reference, expected):
        answer, milliseconds = verify(reference, "--policy", policy, trusted_root=trusted_root)
        table.row(name, what, answer, milliseconds, expected)

    for artifact in FRESH:
        ask(artifact.name, artifact.what, f"{registry}/{artifact.name}", Answer(artifact.expect, artifact.reason))
        if artifact.overwritten and not artifact.is_chart:
            digest = digests[artifact.name]
            what = "the same, by the digest it had then"
            ask(f"{artifact.repository}@{digest[:11]}…", what, f"{registry}/{artifact.repository}@{digest}", Answer("yes"))
    lost = f"{UNREACHABLE}/app:1.2.3"
    ask(lost, "its registry is down", lost, Answer("could not tell", "registry-unreachable"))


def requests(registry, digests, cosigned):
    """(name, what it runs, AdmissionReview, expected answer) of each."""
    signed = f"{registry}/acme/app@{digests['acme/app:1.2.3']}"
    by_tag, unsigned, fork = f"{registry}/acme/app:1.2.3", f"{registry}/acme/app:dev", f"{registry}/acme/app:fork"
    spec, review, yes = reviews.pod_spec, reviews.review, Answer("allowed")

    def no(reason):
        return Answer("denied", reason)

    return (
        ("Pod web", "signed, by digest", review("Pod", "web", spec([signed])), yes),
        ("Pod web", "signed, by tag", review("Pod", "web", spec([by_tag])), yes),
        ("Pod cosigned", "signed by real cosign, by digest", review("Pod", "cosigned", spec([cosigned])), yes),
        ("Deployment shop", "two containers, both signed", review("Deployment", "shop", spec([signed, cosigned])), yes),
        ("CronJob nightly", "signed in the legacy layout", review("CronJob", "nightly", spec([f"{registry}/acme/app:1.2.2"])), yes),
        ("Pod dev", "nobody signed its image", review("Pod", "dev", spec([unsigned])), no("no-signature")),
        ("Deployment fork", "signed by another workflow", review("Deployment", "fork", spec([fork])), no("identity-mismatch")),
        ("Deployment moved", "its tag was overwritten", review("Deployment", "moved", spec([f"{registry}/acme/web:2.0"])), no("no-signature")),
        ("Pod init", "its init container is not signed", review("Pod", "init", spec([signed], init=[unsigned])), no("no-signature")),
        ("Pod web, debugged", "unsigned ephemeral container joins",
         review("Pod", "web", spec([signed], ephemeral=[unsigned]), spec([signed]), "ephemeralcontainers"), no("no-signature")),
        ("Pod stranger", "no policy covers its repository", review("Pod", "stranger", spec(["nginx:1.27"])), no("no-policy-matches")),
        ("Pod lost", "its registry is down", review("Pod", "lost", spec([f"{UNREACHABLE}/app:1.2.3"])), no("could not tell: registry-unreachable")),
    )


def show_reviews(table, webhook, asked):
    """Returns name → denial message."""
    messages = {}
    for name, what, body, expected in asked:
        answer, message, milliseconds = webhook.ask(body)
        table.row(name, what, answer, milliseconds, expected)
        messages[name] = message
    return messages


def show_denials(table, messages):
    for name in SHOWN:
        _, pod = name.split()
        table.section(f"$ kubectl apply -f {pod}.yaml")
        print_wrapped(f'Error from server (Forbidden): error when creating "{pod}.yaml": admission webhook '
                      f'"images.chartseal.dev" denied the request: {messages[name]}', "")


def main():
    work, registry, webhook_address = sys.argv[1:]
    trusted_root, policy = f"{work}/trusted_root.json", f"{work}/policy.yaml"
    with open(f"{work}/digests.json", encoding="utf-8") as file:
        digests = json.load(file)
    print(f"registry   {registry}: Debian's docker-registry, which has no referrers API")
    print("wanted     signed by https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v…")
    print()
    table = Table()
    table.head()
    table.section("chartseal verify, recorded: signed by real cosign 3 and 2 through a real Fulcio, Rekor and TSA")
    show_recorded(table, registry, trusted_root)
    table.section("chartseal verify, fresh: signed a moment ago by the Sigstore of tests/sandbox")
    show_fresh(table, registry, trusted_root, policy, digests)
    table.section("chartseal publish: package, push, sign, attest, verify, mirror; each line is one command of a release")
    show_publishing(table, Publisher(work, registry), registry)
    table.section("chartseal-webhook: AdmissionReviews, as the API server posts them when something is applied")
    webhook = reviews.Webhook(webhook_address, f"{work}/tls.crt")
    messages = show_reviews(table, webhook, requests(registry, digests, recorded.reference(registry, "image-signed")))
    show_denials(table, messages)
    print()
    right = table.rows - table.wrong
    print(table.paint("1;31" if table.wrong else "1;32", f"{right} of {table.rows} as expected."),
          "Next: README.md, \"The command line\" and \"The webhook\".")
    sys.exit(1 if table.wrong else 0)


main()
