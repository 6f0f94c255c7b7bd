# SPDX-License-Identifier: Apache-2.0
"""Running mycred check, and what it found."""

import re

from .office import PASSWORD

LINE = re.compile(r"(error|warning): .+[^.]\. Cure: .+\.")


def check(office, *words):
    places = [word for pair in office.places.items() for word in pair]
    done = office.run("check", *places, *words)
    assert done.stderr == ""
    return done


def findings(office, *words):
    done = check(office, *words)
    found = done.stdout.splitlines()
    assert all(LINE.fullmatch(line) for line in found), found
    assert done.returncode == (1 if any(line.startswith("error") for line in found) else 0)
    return found


def certificate_of(good, host, **more):
    slapd = good.slapd
    options = {
        "ldap_uri": slapd.ldaps_uri,
        "ldap_ca_file": slapd.authority.file,
        "ldap_bind": "simple",
        "ldap_bind_dn": host,
        "ldap_bind_password_file": good.secret("host.password", PASSWORD),
    }
    good.set(**{**options, **more})
