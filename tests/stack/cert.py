# SPDX-License-Identifier: Apache-2.0
"""Certificates for one run: a certification authority and what it signs."""

from pathlib import Path

from .server import run

LOOPBACK_NAMES = "DNS:localhost,IP:127.0.0.1"


class Authority:
    """.file is the authority's own certificate, for clients to trust; what it signs is good for so many days."""

    def __init__(self, folder, days=90):
        self.folder, self.days = Path(folder), days
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file, self._key = self._paths("ca")
        self._make("ca", "/CN=mycred demo authority", ["-addext", "keyUsage=critical,keyCertSign,cRLSign"])

    def issue(self, name, names=LOOPBACK_NAMES):
        """A server's (certificate, key) files; names go into subjectAltName."""
        extensions = ["-addext", f"subjectAltName={names}", "-CA", self.file, "-CAkey", self._key]
        return self._make(name, f"/CN={name}", ["-addext", "basicConstraints=critical,CA:FALSE", *extensions])

    def _paths(self, name):
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def _make(self, name, subject, more):
        certificate, key = self._paths(name)
        key.touch(mode=0o600)
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
        files = ["-keyout", key, "-out", certificate]
        run(["openssl", "req", "-x509", *curve, "-days", self.days, "-subj", subject, *files, *more])
        return certificate, key
