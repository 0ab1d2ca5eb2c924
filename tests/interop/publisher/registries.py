"""Four registries that are not alike, on loopback without TLS."""

import os
import urllib.error
import urllib.request

from common.processes import free_port, wait_until

DEBIAN = "docker-registry"  # no referrers API: clients keep the fallback tag
GGCR, OCIREGISTRY, OLAREG = "ggcr", "ociregistry", "olareg"
NAMES = (DEBIAN, GGCR, OCIREGISTRY, OLAREG)


def command_of(name, port, directory):
    """The command that starts it."""
    address = f"127.0.0.1:{port}"
    if name == DEBIAN:
        return "docker-registry", "serve", debian_settings(address, directory)
    if name == GGCR:
        return os.environ["CHARTSEAL_GGCR_REGISTRY"], "-address", address
    if name == OCIREGISTRY:
        return os.environ["CHARTSEAL_OCIREGISTRY"], "-address", address
    return (os.environ["CHARTSEAL_OLAREG"], "serve", "--addr", "127.0.0.1", "--port", str(port), "--store-type", "mem",
            "--gc-frequency", "-1s")


def debian_settings(address, directory):
    path = os.path.join(directory, "docker-registry.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\n"
                   f"storage: {{ filesystem: {{ rootdirectory: {directory}/docker-registry }} }}\nhttp: {{ addr: {address} }}\n")
    return path


def answers(url):
    """Whether anything at all answers there."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def start(processes, name, command, url, environment=None):
    """A process that has answered at the URL."""
    process = processes.start(name, command, environment)

    def is_ready():
        if not process.is_running():
            raise RuntimeError(f"{name} ended while it was starting\n{process.tail()}")
        return answers(url)

    wait_until(lambda: f"{name} answers at {url}\n{process.tail()}", is_ready)
    return process


def start_registries(processes, directory):
    """Their hosts by name."""
    hosts = {}
    for name in NAMES:
        port = free_port()
        hosts[name] = f"127.0.0.1:{port}"
        start(processes, name, command_of(name, port, directory), f"http://127.0.0.1:{port}/v2/")
    return hosts
