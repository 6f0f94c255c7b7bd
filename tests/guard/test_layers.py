# SPDX-License-Identifier: Apache-2.0
"""Who may include what. A program that lives in somebody else's process must not drag libraries into it."""

import re

import pytest
from guard import tree

# Header, and the files that may include it; nobody else does.
OWNERS = {
    r"ldap\.h|lber\.h": ["common/directory*"],
    r"curl/.*": ["common/send/*"],
    r"sodium.*": ["common/seal.c", "common/random.c", "common/keys.c"],
    r"liboath/.*": ["common/device.c"],
    r"gnutls/.*": ["common/command/certificate.c"],
    r"sasl/.*": ["common/process.c"],
    r"qrencode\.h": ["common/command/qr.c", "mod_mycred/qr.c"],
    r"security/.*": ["pam_mycred/*.c", "pam_mycred/*.h"],
    r"(httpd|http_.*|ap_.*|apr.*|util_.*|mod_.*)\.h": ["mod_mycred/**/*"],
}

# What a folder may include of the project itself. The module and the service's parent hold no secret longer than a
# moment and link none of the core but its smallest parts.
SMALL_CORE = r"common/(base|buffer|secret|result|method)\.h"
COUNTING = r"common/(breaker|source|traffic|window)\.h"
REACH = {
    "common/*": r"common/[a-z0-9_]+\.h",
    "common/send/*": r"common/.*",
    "common/command/*": r"common/.*",
    "pam_mycred/*": rf"pam_mycred/[a-z_]+\.h|{SMALL_CORE}|common/journal\.h",
    "pam_mycred/login/login*": r"common/[a-z0-9_]+\.h|pam_mycred/wire\.h|pam_mycred/login/login[a-z_]*\.h",
    "pam_mycred/login/service*": rf"pam_mycred/wire\.h|pam_mycred/login/service[a-z_]*\.h|{SMALL_CORE}|{COUNTING}",
    "mod_mycred/**/*": r"common/[a-z0-9_]+\.h|mod_mycred/.*|pam_mycred/wire\.h",
}


def program_files():
    return tree.of_the_programs(tree.sources() + tree.headers())


@pytest.mark.parametrize("header", OWNERS)
def test_foreign_headers_stay_with_their_owners(header):
    allowed = tree.matching(*OWNERS[header])
    strangers = [
        f"{tree.name(path)} includes {included}"
        for path in program_files()
        for included in tree.includes(path)
        if re.fullmatch(header, included) and path not in allowed
        # our own headers of such a name are found by their path in the project
        and not (tree.ROOT / included).exists()
    ]
    assert not strangers


@pytest.mark.parametrize("folder", REACH)
def test_each_part_reaches_only_as_far_as_it_may(folder):
    strangers = [
        f"{tree.name(path)} includes {included}"
        for path in tree.matching(folder)
        if path.suffix in (".c", ".h")
        for included in tree.includes(path)
        if (tree.ROOT / included).exists() and not re.fullmatch(REACH[folder], included)
    ]
    assert not strangers


def test_own_headers_are_included_by_their_path_in_the_project():
    own = {path.name for path in tree.headers()}
    short = [
        f"{tree.name(path)} includes {included}"
        for path in program_files()
        for included in re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.MULTILINE)
        if not (tree.ROOT / included).exists() or ("/" not in included and included in own)
    ]
    assert not short
