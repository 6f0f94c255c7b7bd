# SPDX-License-Identifier: Apache-2.0
"""A private OpenLDAP server, set up as a Debian administrator would have it before mycred comes."""

import secrets
from pathlib import Path
from urllib.parse import quote

import ldap
import ldap.ldapobject

from .server import LOOPBACK, ROOT, Server, StackError, free_port, run

BASE = "dc=example,dc=org"
ROOT_OVER_LDAPI = "gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth"

# Passwords are hashed so that pam_unix can check them too, through nslcd's shadow map; that is why
# root, whom the map reads as, may read them. Such a site rule stands behind those of mycred.
CONFIG = """\
dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: {folder}/pid
olcLogLevel: {log_level}
olcPasswordCryptSaltFormat: $6$%.16s
olcTLSCACertificateFile: {ca}
olcTLSCertificateFile: {certificate}
olcTLSCertificateKeyFile: {key}
olcTLSVerifyClient: try

dn: cn=module{{0}},cn=config
objectClass: olcModuleList
cn: module{{0}}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: ppolicy

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/nis.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={{-1}}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {{-1}}frontend
olcPasswordHash: {{CRYPT}}
olcAccess: to * by dn.exact={root} manage by * break
olcAccess: to dn.exact="" by * read
olcAccess: to dn.base="cn=Subschema" by * read
olcSizeLimit: 500

dn: olcDatabase={{0}}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {{0}}config
olcAccess: to * by dn.exact={root} manage by * break
olcRootDN: cn=admin,cn=config

dn: olcDatabase={{1}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{1}}mdb
olcSuffix: {base}
olcDbDirectory: {folder}/data
olcDbMaxSize: 4294967296
olcDbNoSync: {nosync}
olcRootDN: {admin_dn}
olcRootPW: {admin_pw}
olcDbIndex: objectClass eq
olcDbIndex: cn,uid,mail,mobile eq
olcDbIndex: uidNumber,gidNumber eq
olcDbIndex: member,memberUid eq
olcAccess: to attrs=userPassword by self =xw by dn.exact={root} read by anonymous auth by * none
olcAccess: to attrs=shadowLastChange by self write by * read
olcAccess: to * by * read
"""

PPOLICY = """
dn: olcOverlay={{0}}ppolicy,olcDatabase={{1}}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcPPolicyConfig
olcOverlay: {{0}}ppolicy
olcPPolicyDefault: cn=default,ou=policies,{base}
"""


class Slapd(Server):
    """.uri and .ldaps_uri over TCP (the first with StartTLS), .ldapi_uri over a socket file.

    sync=False does not wait for the disk; debug is slapd's -d, for example "stats" to see every
    operation in the log; ppolicy=False leaves the password policy overlay out.
    """

    name = "slapd"

    def __init__(self, folder, authority, base=BASE, sync=True, debug="0", ppolicy=True):
        super().__init__(folder)
        self.authority = authority
        self.base = base
        self.sync, self.debug, self.ppolicy = sync, debug, ppolicy
        self.port, self.ldaps_port = free_port(), free_port()
        self.admin_dn, self.admin_pw = f"cn=admin,{base}", secrets.token_hex(12)

    @property
    def uri(self):
        return f"ldap://{LOOPBACK}:{self.port}"

    @property
    def ldaps_uri(self):
        return f"ldaps://{LOOPBACK}:{self.ldaps_port}"

    @property
    def socket(self):
        return self.folder / "ldapi"

    @property
    def ldapi_uri(self):
        return f"ldapi://{quote(str(self.socket), safe='')}"

    @property
    def config(self):
        return self.folder / "config"

    def prepare(self):
        if self.config.exists():
            return
        certificate, key = self.authority.issue("slapd")
        (self.folder / "data").mkdir(mode=0o700)
        self.config.mkdir(mode=0o700)
        ldif = self.folder / "config.ldif"
        ldif.touch(mode=0o600)
        ldif.write_text(self._configuration(certificate, key))
        run(["/usr/sbin/slapadd", "-n", "0", "-F", self.config, "-l", ldif])

    def _configuration(self, certificate, key):
        return (CONFIG + (PPOLICY if self.ppolicy else "")).format(
            folder=self.folder,
            base=self.base,
            root=ROOT_OVER_LDAPI,
            admin_dn=self.admin_dn,
            admin_pw=self.admin_pw,
            nosync="FALSE" if self.sync else "TRUE",
            log_level="none" if self.debug == "0" else self.debug,
            ca=self.authority.file,
            certificate=certificate,
            key=key,
        )

    def command(self):
        listen = f"{self.ldapi_uri} {self.uri} {self.ldaps_uri}"
        return ["/usr/sbin/slapd", "-F", self.config, "-h", listen, "-d", self.debug]

    def ready(self):
        try:
            self.as_root().unbind_s()
            return True
        except ldap.SERVER_DOWN:
            return False

    def as_root(self):
        """A connection as the machine's root over the socket; on cn=config it may do all."""
        connection = _connect(self.ldapi_uri)
        connection.sasl_external_bind_s()
        return connection

    def as_admin(self):
        """A connection as the directory's own administrator, whom no access rule limits."""
        return self.as_person(self.admin_dn, self.admin_pw)

    def as_person(self, dn, password):
        connection = _connect(self.ldapi_uri)
        connection.simple_bind_s(dn, password)
        return connection

    def load_mycred(self):
        """Loads schema and access rules with the project's own script."""
        script = ROOT / "ldap-schema" / "load"
        if not script.exists():
            raise StackError(f"{script} is missing")
        return run([script, "--uri", self.ldapi_uri, "--suffix", self.base])


class Connection(ldap.ldapobject.ReconnectLDAPObject):
    """python-ldap's connection, with the few questions that tests ask all the time."""

    def entry(self, dn, attributes=None):
        """The entry as {attribute: [text or bytes]}, None if it does not exist."""
        try:
            found = self.search_s(dn, ldap.SCOPE_BASE, attrlist=attributes)
        except ldap.NO_SUCH_OBJECT:
            return None
        return {name: [_text(value) for value in values] for name, values in found[0][1].items()}

    def replace(self, dn, **attributes):
        """Each attribute gets exactly this value or list of values; None or [] removes it."""
        changes = [(ldap.MOD_REPLACE, name, values(value) or None) for name, value in attributes.items()]
        self.modify_s(dn, changes)

    def extend(self, dn, object_class, **attributes):
        """Adds an auxiliary class together with its attributes, in one modify."""
        changes = [(ldap.MOD_ADD, name, values(value)) for name, value in attributes.items()]
        self.modify_s(dn, [(ldap.MOD_ADD, "objectClass", values(object_class)), *changes])

    def create(self, dn, **attributes):
        self.add_s(dn, [(name, values(value)) for name, value in attributes.items()])


def values(value):
    if value is None:
        return []
    several = value if isinstance(value, (list, tuple)) else [value]
    return [one if isinstance(one, bytes) else str(one).encode() for one in several]


def _text(value):
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _connect(uri):
    connection = Connection(uri, retry_max=1)
    connection.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5)
    connection.set_option(ldap.OPT_TIMEOUT, 30)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    return connection
