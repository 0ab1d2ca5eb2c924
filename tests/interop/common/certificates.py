"""Keys and certificates of the cluster and of the webhook, made by openssl."""

import os
import subprocess


def openssl(*arguments):
    done = subprocess.run(("openssl", *arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")


class Authority:
    """A certificate authority in a directory of its own."""

    def __init__(self, directory, name):
        os.makedirs(directory)
        self._directory = directory
        self.certificate = os.path.join(directory, "ca.crt")
        self._key = os.path.join(directory, "ca.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                "-keyout", self._key, "-out", self.certificate)

    def issue(self, name, subject, alternative_names=()):
        """A leaf for servers and clients; returns the paths of its certificate and key."""
        base = os.path.join(self._directory, name)
        extensions = "extendedKeyUsage=serverAuth,clientAuth\n"
        if alternative_names:
            extensions += f"subjectAltName={','.join(alternative_names)}\n"
        with open(f"{base}.ext", "w", encoding="ascii") as file:
            file.write(extensions)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                "-keyout", f"{base}.key", "-out", f"{base}.csr")
        openssl("x509", "-req", "-in", f"{base}.csr", "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
                "-days", "2", "-extfile", f"{base}.ext", "-out", f"{base}.crt")
        return f"{base}.crt", f"{base}.key"


def rsa_key(path):
    """A private key alone, for signing tokens."""
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path)
