# SPDX-License-Identifier: Apache-2.0
"""Certificates that must be refused, and the one that must not."""

from stack.cert import Authority
from stack.server import run


CA = """\
[ca]
default_ca = authority
[authority]
new_certs_dir = {folder}
database = {folder}/index
rand_serial = yes
default_md = sha256
policy = names
unique_subject = no
[names]
commonName = supplied
"""


def dated(authority, name, begin, end):
    """A certificate for another time; both as GeneralizedTime."""
    certificate, key = authority.issue(name)
    folder = authority.folder / f"{name}-ca"
    folder.mkdir(exist_ok=True)
    (folder / "index").write_text("")
    config, extension, request = folder / "ca.conf", folder / "extensions", folder / "request"
    config.write_text(CA.format(folder=folder))
    extension.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run(["openssl", "req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request])
    signer = ["-cert", authority.file, "-keyfile", authority.file.with_suffix(".key"), "-config", config]
    dates = ["-startdate", begin, "-enddate", end, "-extfile", extension]
    run(["openssl", "ca", "-batch", "-notext", "-in", request, "-out", certificate, *signer, *dates])
    return certificate, key


def self_signed(folder):
    other = Authority(folder)
    return other.file, folder / "ca.key"


def bad_certificates(authority, folder):
    """(what is wrong, certificate and key)."""
    return {
        "expired": dated(authority, "expired", "20200101000000Z", "20200131000000Z"),
        "not yet valid": dated(authority, "early", "20900101000000Z", "20900131000000Z"),
        "another name": authority.issue("othername", "DNS:sms.example.org,IP:127.0.0.2"),
        "the name as a DNS name only": authority.issue("dnsname", "DNS:127.0.0.1"),
        "a wildcard for the whole": authority.issue("wildcard", "DNS:*,DNS:*.0.0.1"),
        "another authority": Authority(folder / "other").issue("other"),
        "self-signed": self_signed(folder / "self"),
    }
