# SPDX-License-Identifier: Apache-2.0
"""mycred check on servers that are not set up, and its tables against what is shipped."""

import re

import pytest
from stack.clock import shifted
from stack.people import People
from stack.server import BUILD, ROOT, run
from stack.slapd import Slapd

from .findings import findings
from .office import PASSWORD, Office


def office_of(slapd, folder, load=True):
    """An office for a server of its own, started anew."""
    slapd.people = People(slapd.suffix, PASSWORD)
    slapd.people.add_all(slapd.as_admin())
    if load:
        run([ROOT / "ldap-schema" / "load", "--uri", slapd.ldapi])
    office = Office(folder, slapd)
    office.places = {"--socket": folder / "none", "--module": BUILD / "pam_mycred.so"}
    return office


def test_missing_schema_and_rights_are_found(tmp_path):
    with Slapd(tmp_path / "slapd") as slapd:
        found = findings(office_of(slapd, tmp_path, load=False))
        assert any("error: the directory does not know mycredLoginMethod mycredRequire" in line for line in found)
        assert any("does not know mycredState mycredAccount mycredPolicy" in line for line in found)


MONITOR = """
dn: olcDatabase={2}monitor,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMonitorConfig
olcDatabase: {2}monitor
olcAccess: to * by * read
"""


PROVIDER = """
dn: olcOverlay=syncprov,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcSyncProvConfig
olcOverlay: syncprov
"""


class ShiftedSlapd(Slapd):
    """A server whose clock is wrong."""

    shift = "+0h"

    def command(self):
        return [*shifted(self.shift), *super().command()]


@pytest.mark.parametrize(
    "more, shift, seen",
    [
        (MONITOR, "+0h", False),
        (MONITOR, "+2h", True),
        (MONITOR, "-2h", True),
        (PROVIDER, "+2h", True),
        ("", "+2h", False),
    ],
    ids=["right", "ahead", "behind", "provider ahead", "not to be seen"],
)
def test_a_clock_that_runs_apart_is_found(tmp_path, more, shift, seen):
    """MC-SEC-48: by cn=Monitor where it is shown, else by a provider's changes that lie ahead."""
    slapd = ShiftedSlapd(tmp_path / "slapd", modules=("back_monitor", "syncprov"), more=more)
    slapd.shift = shift
    with slapd:
        found = [line for line in findings(office_of(slapd, tmp_path)) if "clock and" in line]
        assert len(found) == seen
        for line in found:
            assert abs(int(re.search(r"are (\d+) seconds apart", line)[1]) - 7200) < 30


def test_every_file_of_the_configuration_is_looked_at():
    options = set(re.findall(r"PATH\((\w+_file),", (ROOT / "common/config_table.c").read_text()))
    looked_at = set(re.findall(r"FILE_OF\((\w+),", (ROOT / "common/command/review_files.c").read_text()))
    elsewhere = {"login_key_file", "site_key_file"} | ONLY_THE_SITES
    assert looked_at == (options - elsewhere) | {"name"}


ONLY_THE_SITES = {"breached_passwords_file"}


def test_table_of_the_schema_is_the_shipped_one():
    """What check asks for is what ldap-schema has, in the order of the numbers."""
    source = (ROOT / "common/command/review_schema.c").read_text()
    table = (ROOT / "ldap-schema/mycred.table").read_text()
    for kind, name in (("attribute", "attributes"), ("class", "classes")):
        asked = re.findall(r'"(\w+)"', re.search(rf"{name}\[\] = {{(.*?)}};", source, re.S)[1])
        shipped = re.findall(rf"^{kind} +(\d+) +(\w+)", table, re.M)
        assert [(str(number), word) for number, word in enumerate(asked, 1)] == shipped
