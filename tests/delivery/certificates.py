# SPDX-License-Identifier: Apache-2.0
"""Certificates that must be refused, and the one that must not."""

from stack.cert import Authority
from stack.server import run


def dated(authority, name, when):
    """A certificate that was issued, for 30 days, at another time."""
    certificate, key = authority.issue(name)
    request = authority.folder / f"{name}.csr"
    extension = authority.folder / f"{name}.ext"
    extension.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run(["openssl", "req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request])
    signer = ["-CA", authority.file, "-CAkey", authority.file.with_suffix(".key"), "-CAcreateserial"]
    signing = ["openssl", "x509", "-req", "-in", request, "-days", 30, "-out", certificate, *signer]
    run(["faketime", when, *signing, "-extfile", extension])
    return certificate, key


def self_signed(folder):
    other = Authority(folder)
    return other.file, folder / "ca.key"


def bad_certificates(authority, folder):
    """(what is wrong, certificate and key)."""
    return {
        "expired": dated(authority, "expired", "2020-01-01 00:00:00"),
        "not yet valid": dated(authority, "early", "2090-01-01 00:00:00"),
        "another name": authority.issue("othername", "DNS:sms.example.org,IP:127.0.0.2"),
        "the name as a DNS name only": authority.issue("dnsname", "DNS:127.0.0.1"),
        "a wildcard for the whole": authority.issue("wildcard", "DNS:*,DNS:*.0.0.1"),
        "another authority": Authority(folder / "other").issue("other"),
        "self-signed": self_signed(folder / "self"),
    }
