"""Fresh charts and images as OCI image layouts: real archives, tiny."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import time

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Layout:
    """An OCI image layout directory that is written as its blobs are added."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(os.path.join(directory, "blobs", "sha256"))

    def add_blob(self, data, media_type):
        """Writes the bytes; returns their descriptor."""
        digest = hashlib.sha256(data).hexdigest()
        self._write(os.path.join("blobs", "sha256", digest), data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def add_manifest(self, tag, config, layer, annotations):
        """Writes the manifest and its tag; returns its descriptor."""
        manifest = {"schemaVersion": 2, "config": config, "layers": [layer], "annotations": annotations}
        descriptor = self.add_blob(json.dumps(manifest).encode(), MANIFEST)
        tagged = {**descriptor, "annotations": {"org.opencontainers.image.ref.name": tag}}
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [tagged]}
        self._write("index.json", json.dumps(index).encode())
        self._write("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        return descriptor

    def _write(self, name, data):
        with open(os.path.join(self.directory, name), "wb") as file:
            file.write(data)


def tar_of(files):
    """A tar archive of name → text."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = len(text.encode()), int(time.time()), 0o644
            archive.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def write_chart(directory, name, tag, note):
    """A chart as `helm push` uploads it; returns the manifest's descriptor."""
    about = {"apiVersion": "v2", "name": name, "version": tag, "description": note, "type": "application", "appVersion": tag}
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"note": note}}
    archive = tar_of({
        f"{name}/Chart.yaml": "".join(f'{key}: "{value}"\n' for key, value in about.items()),
        f"{name}/values.yaml": "replicas: 1\n",
        f"{name}/templates/configmap.yaml": json.dumps(config_map, indent=2) + "\n",
    })
    layout = Layout(directory)
    config = layout.add_blob(json.dumps(about).encode(), "application/vnd.cncf.helm.config.v1+json")
    layer = layout.add_blob(gzip.compress(archive), "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
    return layout.add_manifest(tag, config, layer, {
        "org.opencontainers.image.created": now(),
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.version": tag,
    })


def write_image(directory, name, tag, note):
    """An image of one file; returns the manifest's descriptor."""
    archive = tar_of({"etc/motd": f"{name}:{tag}, {note}\n"})
    diff_id = "sha256:" + hashlib.sha256(archive).hexdigest()
    about = {"created": now(), "architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff_id]}}
    layout = Layout(directory)
    config = layout.add_blob(json.dumps(about).encode(), "application/vnd.oci.image.config.v1+json")
    layer = layout.add_blob(gzip.compress(archive), "application/vnd.oci.image.layer.v1.tar+gzip")
    return layout.add_manifest(tag, config, layer, {})
