"""The kinds of policy-controller, as far as a cluster has to know them to store objects; and one object."""

GROUP = "policy.sigstore.dev"


def custom_resource(kind, plural, versions):
    """Its definition: any content, the first version is the stored one."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP, "scope": "Cluster", "names": {"kind": kind, "plural": plural},
            "versions": [{"name": version, "served": True, "storage": version == versions[0], "schema": schema,
                          "subresources": {"status": {}}} for version in versions],
        },
    }


DEFINITIONS = (custom_resource("ClusterImagePolicy", "clusterimagepolicies", ("v1beta1", "v1alpha1")),
               custom_resource("TrustRoot", "trustroots", ("v1alpha1",)))


def cluster_image_policy(name, glob, authorities, version="v1beta1", **spec):
    return {"apiVersion": f"{GROUP}/{version}", "kind": "ClusterImagePolicy", "metadata": {"name": name},
            "spec": {"images": [{"glob": glob}], "authorities": authorities, **spec}}
