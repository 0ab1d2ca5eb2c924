"""Kubernetes objects around a list of images."""

GROUPS = {"Pod": "v1", "ReplicationController": "v1", "PodTemplate": "v1", "Deployment": "apps/v1", "ReplicaSet": "apps/v1",
          "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1", "CronJob": "batch/v1"}


def pod_spec(images, **more):
    """Containers c0, c1, ... with these images."""
    return {"containers": [{"name": f"c{number}", "image": image} for number, image in enumerate(images)], **more}


def workload(kind, name, *images, replicas=1, **more):
    """The object of that kind; `more` goes into the pod spec."""
    labels = {"app": name}
    restart = {"restartPolicy": "Never"} if kind in ("Job", "CronJob") else {}
    spec = pod_spec(images, **restart, **more)
    template = {"metadata": {"labels": labels}, "spec": spec}
    selector = {"selector": {"matchLabels": labels}}
    around = {
        "Pod": {"spec": spec},
        "PodTemplate": {"template": template},
        "ReplicationController": {"spec": {"replicas": replicas, "selector": labels, "template": template}},
        "Deployment": {"spec": {"replicas": replicas, **selector, "template": template}},
        "ReplicaSet": {"spec": {"replicas": replicas, **selector, "template": template}},
        "StatefulSet": {"spec": {"replicas": replicas, "serviceName": name, **selector, "template": template}},
        "DaemonSet": {"spec": {**selector, "template": template}},
        "Job": {"spec": {"template": template}},
        "CronJob": {"spec": {"schedule": "0 3 1 1 *", "jobTemplate": {"spec": {"template": template}}}},
    }
    return {"apiVersion": GROUPS[kind], "kind": kind, "metadata": {"name": name, "labels": labels}, **around[kind]}


def node(name):
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}}


def policy(name, images, authorities, **spec):
    return {"apiVersion": "chartseal.dev/v1alpha1", "kind": "VerificationPolicy", "metadata": {"name": name},
            "spec": {"match": {"images": images}, "authorities": authorities, **spec}}


def keyless(issuer, subject):
    return {"name": "release-workflow", "keyless": {"identities": [{"issuer": issuer, "subjectRegExp": subject}]}}
