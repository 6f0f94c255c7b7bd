# SPDX-License-Identifier: Apache-2.0
"""Two directory servers that each hold everything: delta-syncrepl in mirror mode, as ldap-schema/README.md advises."""

from .server import ROOT, poll, run
from .slapd import Slapd

MODULES = ("accesslog", "syncprov")

LOG_BYTES = 1 << 30

# In the order that slapd needs: the log first, then what writes and serves it, then the other server.
REPLICATION = """\
dn: cn=config
changetype: modify
replace: olcServerID
olcServerID: {number}

dn: olcDatabase={{2}}mdb,cn=config
changetype: add
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{2}}mdb
olcSuffix: cn=accesslog
olcDbDirectory: {folder}/accesslog
olcDbMaxSize: {log_bytes}
olcDbNoSync: {nosync}
olcRootDN: {admin_dn}
olcDbIndex: default eq
olcDbIndex: entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN

dn: olcOverlay=syncprov,olcDatabase={{2}}mdb,cn=config
changetype: add
objectClass: olcOverlayConfig
objectClass: olcSyncProvConfig
olcOverlay: syncprov
olcSpNoPresent: TRUE
olcSpReloadHint: TRUE

dn: olcOverlay=syncprov,olcDatabase={{1}}mdb,cn=config
changetype: add
objectClass: olcOverlayConfig
objectClass: olcSyncProvConfig
olcOverlay: syncprov
olcSpCheckpoint: 100 10

dn: olcOverlay=accesslog,olcDatabase={{1}}mdb,cn=config
changetype: add
objectClass: olcOverlayConfig
objectClass: olcAccessLogConfig
olcOverlay: accesslog
olcAccessLogDB: cn=accesslog
olcAccessLogOps: writes
olcAccessLogSuccess: TRUE
olcAccessLogPurge: 07+00:00 01+00:00

dn: olcDatabase={{1}}mdb,cn=config
changetype: modify
add: olcSyncrepl
olcSyncrepl: rid=00{number} provider={other} bindmethod=simple binddn="{admin_dn}"
  credentials={password} searchbase="{suffix}" type=refreshAndPersist retry="1 +"
  logbase="cn=accesslog" logfilter="(&(objectClass=auditWriteObject)(reqResult=0))" syncdata=accesslog
-
replace: olcMultiProvider
olcMultiProvider: TRUE
"""


class Pair:
    """.writer is the designated one, .standby the other. Fill the writer, then call join()."""

    def __init__(self, folder, authority=None, **options):
        self.writer = Slapd(folder / "slapd-a", authority, tcp=True, modules=MODULES, **options)
        same = {**options, "password": self.writer.admin_password}
        self.standby = Slapd(folder / "slapd-b", authority, tcp=True, modules=MODULES, **same)
        self.servers = [self.writer, self.standby]

    @property
    def uris(self):
        """As ldap_uri names them."""
        return " ".join(slapd.ldapi for slapd in self.servers)

    def start(self):
        for slapd in self.servers:
            slapd.start()
        return self

    def join(self):
        """From here on each follows the other; returns when the stand-by holds what the writer holds."""
        for number, (slapd, other) in enumerate(zip(self.servers, reversed(self.servers)), 1):
            (slapd.folder / "accesslog").mkdir(mode=0o700)
            values = {
                "number": number,
                "folder": slapd.folder,
                "log_bytes": LOG_BYTES,
                "nosync": str(not slapd.sync).upper(),
                "admin_dn": slapd.admin_dn,
                "password": slapd.admin_password,
                "suffix": slapd.suffix,
                "other": other.uri,
            }
            slapd.run("ldapmodify", stdin=REPLICATION.format(**values))
        self.wait()

    def load_schema(self):
        """On each: cn=config is not replicated. Call it after join(): the stand-by then has the base as well."""
        for slapd in self.servers:
            run([ROOT / "ldap-schema" / "load", "--uri", slapd.ldapi, "--suffix", slapd.suffix])
        self.wait()

    def wait(self, seconds=60):
        """Until both hold the same changes."""
        poll(self.agree, seconds, "the two directory servers to agree", every=0.1)

    def agree(self):
        states = [context(slapd) for slapd in self.servers]
        return states[0] and states[0] == states[1]

    def stop(self):
        for slapd in self.servers:
            slapd.stop()


def context(slapd):
    """The newest change of each server that this one has heard of."""
    found = slapd.as_admin().entry(slapd.suffix, ["contextCSN"])
    return sorted((found or {}).get("contextCSN", []))
