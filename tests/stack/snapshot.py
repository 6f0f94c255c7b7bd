# SPDX-License-Identifier: Apache-2.0
"""Brings people and groups of the directory back to how they were, whatever a test did to them."""

from contextlib import suppress

import ldap
from ldap.controls.simple import RelaxRulesControl

# What the password policy writes. Setting the password anew removes all but pwdReset, which it may add.
POLICY_STATE = {"pwdReset", "pwdFailureTime", "pwdAccountLockedTime", "pwdGraceUseTime"}

TRIES = 5


class Snapshot:
    def __init__(self, connection, bases):
        self.connection = connection
        self.bases = bases
        self.take()

    def take(self):
        """From here on, this is how things were."""
        self.entries, _ = self._read()
        self.uuids = {dn: self._uuid(dn) for dn in self.entries}

    def restore(self):
        """Once more where something that is still at work, such as the sending of a notice, came between."""
        for _ in range(TRIES - 1):
            with suppress(ldap.OBJECT_CLASS_VIOLATION, ldap.NO_SUCH_OBJECT, ldap.ALREADY_EXISTS):
                return self._restore()
        return self._restore()

    def _restore(self):
        now, policy_state = self._read()
        for dn in sorted(now.keys() - self.entries.keys(), key=len, reverse=True):
            self.connection.delete_s(dn)
        for dn in sorted(self.entries.keys() - now.keys(), key=len):
            self._add(dn)
        for dn in self.entries.keys() & now.keys():
            changes = _changes(now[dn], self.entries[dn])
            if policy_state[dn] and not any(name == "userPassword" for _, name, _ in changes):
                changes.append((ldap.MOD_REPLACE, "userPassword", self.entries[dn].get("userPassword")))
            if changes:
                self.connection.modify_s(dn, changes)
            if any(name == "userPassword" for _, name, _ in changes):
                self.connection.modify_s(dn, [(ldap.MOD_REPLACE, "pwdReset", None)])

    def _uuid(self, dn):
        return self.connection.search_s(dn, ldap.SCOPE_BASE, attrlist=["entryUUID"])[0][1]["entryUUID"][0]

    def _add(self, dn):
        """Sealed values open in the entry with this entryUUID alone, so a deleted entry gets its own back."""
        entry = dict(self.entries[dn], entryUUID=[self.uuids[dn]])
        self.connection.add_ext_s(dn, list(entry.items()), serverctrls=[RelaxRulesControl(True)])

    def _read(self):
        """Every entry's attributes as sorted values, and which of POLICY_STATE it has."""
        entries, policy_state = {}, {}
        for base in self.bases:
            for dn, attributes in self.connection.search_s(base, ldap.SCOPE_SUBTREE, attrlist=["*", *POLICY_STATE]):
                policy_state[dn] = attributes.keys() & POLICY_STATE
                entries[dn] = {name: sorted(attributes[name]) for name in attributes.keys() - POLICY_STATE}
        return entries, policy_state


def _changes(now, before):
    names = [name for name in now.keys() | before.keys() if now.get(name) != before.get(name)]
    return [(ldap.MOD_REPLACE, name, before.get(name)) for name in names]
