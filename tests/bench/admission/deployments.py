"""The AdmissionReview that an API server sends when helm creates a Deployment: with its defaults and managedFields."""

import json

# Lists whose elements are told apart by members; others are one field.
KEYS_OF_LISTS = {"containers": ("name",), "env": ("name",), "ports": ("containerPort", "protocol")}
# What is always there has no "." among its fields.
ALWAYS_THERE = ("metadata", "spec", "template", "strategy", "containers")


def container(number, image, settings):
    return {
        "name": f"c{number}", "image": image,
        "ports": [{"containerPort": 8080 + number, "protocol": "TCP"}],
        "env": [{"name": f"SETTING_{number}_{i}", "value": f"value of setting {i} of container {number}"} for i in range(settings)],
        "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "livenessProbe": {
            "httpGet": {"path": "/healthz", "port": 8080 + number, "scheme": "HTTP"}, "timeoutSeconds": 1,
            "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent"}


def deployment(images, settings):
    spec = {
        "replicas": 3, "selector": {"matchLabels": {"app": "app"}},
        "template": {
            "metadata": {"creationTimestamp": None, "labels": {"app": "app"}},
            "spec": {
                "containers": [container(number, image, settings) for number, image in enumerate(images)],
                "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
                "serviceAccountName": "default", "serviceAccount": "default", "securityContext": {},
                "schedulerName": "default-scheduler"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
        "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}
    metadata = {
        "name": "app", "namespace": "shop", "uid": "3f1b7c5e-0d6e-4a57-9d2f-5f0b1f6a9c11", "generation": 1,
        "creationTimestamp": "2026-11-23T18:01:02Z", "labels": {"app": "app", "app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": "app", "meta.helm.sh/release-namespace": "shop"}}
    owned = {"metadata": {name: metadata[name] for name in ("annotations", "labels")}, "spec": spec}
    metadata["managedFields"] = [{
        "manager": "helm", "operation": "Update", "apiVersion": "apps/v1", "time": "2026-11-23T18:01:02Z",
        "fieldsType": "FieldsV1", "fieldsV1": fields_of(owned, "spec")}]
    return {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": metadata, "spec": spec, "status": {}}


def fields_of(value, name):
    """Who set what, as managedFields have it."""
    fields = {} if name in ALWAYS_THERE or not value else {".": {}}
    if isinstance(value, list) and name in KEYS_OF_LISTS:
        keys = KEYS_OF_LISTS[name]
        return {**fields, **{f"k:{compact({key: each[key] for key in keys})}": fields_of(each, "") for each in value}}
    if not isinstance(value, dict) or name == "selector":
        return {}
    return {**fields, **{f"f:{key}": fields_of(each, key) for key, each in value.items() if each is not None}}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def review(obj, uid):
    kind = {"group": "apps", "version": "v1", "kind": "Deployment"}
    resource = {"group": "apps", "version": "v1", "resource": "deployments"}
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": uid, "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource, "name": "app",
        "namespace": "shop", "operation": "CREATE",
        "userInfo": {
            "username": "system:serviceaccount:ci:deployer", "uid": "0a9b5f3e-9a53-4a7e-8a8e-1c4a77e2d7c5",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:ci", "system:authenticated"]},
        "object": obj, "oldObject": None, "dryRun": False,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "helm"}}}


def deployment_review(images, size, uid):
    """A Deployment with one container for each image, and as much environment as makes it about `size` bytes."""
    def text(settings):
        return compact(review(deployment(images, settings), uid))

    per_setting = len(text(11)) - len(text(10))
    return text(max(1, (size - len(text(0))) // per_setting))
