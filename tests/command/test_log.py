# SPDX-License-Identifier: Apache-2.0
"""Where the command's events go: to the journal with fields where there is one, else to syslog."""

import re

JOURNAL = "/run/systemd/journal/socket"


def test_the_journal_gets_fields_and_the_message_that_syslog_gets(office):
    act = ("lock", "alice", *office.identity)
    by_syslog = re.search(r"event=administered .*", office.logged(*act))[0]
    entry = office.logged(*act, log_socket=JOURNAL)
    fields = dict(line.split("=", 1) for line in entry.splitlines())
    assert fields["MESSAGE"] == by_syslog
    assert (fields["PRIORITY"], fields["SYSLOG_FACILITY"], fields["SYSLOG_IDENTIFIER"]) == ("5", "10", "mycred")
    pairs = {name: value for name, value in fields.items() if name.startswith("MYCRED_")}
    assert pairs["MYCRED_EVENT"] == "administered" and pairs["MYCRED_TARGET"] == "alice"
    assert pairs["MYCRED_BY"] == office.dn("sadmin")
    assert len(pairs) == len(re.findall(r'(?:^| )[a-z_]+=', by_syslog))
