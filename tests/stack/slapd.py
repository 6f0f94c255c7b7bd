# SPDX-License-Identifier: Apache-2.0
"""A private OpenLDAP server, set up as a Debian administrator would have it before mycred comes."""

import secrets
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import ldap
import ldap.ldapobject
from ldap.controls.simple import RelaxRulesControl

from .server import LOOPBACK, Server, StackError, free_port, run

BINARY = "/usr/sbin/slapd"
BASE = "dc=example,dc=org"
ROOT_OVER_LDAPI = "gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth"

# What Debian's package gives a new database.
DEBIAN_ACCESS = (
    "to attrs=userPassword by self write by anonymous auth by * none",
    "to attrs=shadowLastChange by self write by * read",
    "to * by * read",
)

CONFIG = """\
dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: {folder}/pid
olcLogLevel: {log_level}
{tls}
dn: cn=module{{0}},cn=config
objectClass: olcModuleList
cn: module{{0}}
olcModulePath: /usr/lib/ldap
{modules}
dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

{schemas}
dn: olcDatabase={{-1}}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {{-1}}frontend
olcAccess: to * by dn.exact={root} manage by * break
olcAccess: to dn.exact="" by * read
olcAccess: to dn.base="cn=Subschema" by * read
olcSizeLimit: 500

dn: olcDatabase={{0}}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {{0}}config
olcAccess: to * by dn.exact={root} manage by * break
olcRootDN: {config_dn}
olcRootPW: {admin_password}

dn: olcDatabase={{1}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{1}}mdb
olcSuffix: {suffix}
olcDbDirectory: {folder}/data
olcDbMaxSize: 4294967296
olcDbNoSync: {nosync}
olcRootDN: {admin_dn}
olcRootPW: {admin_password}
olcDbIndex: objectClass eq
{indexes}{access}
{more}"""

TLS = """olcTLSCACertificateFile: {ca}
olcTLSCertificateFile: {certificate}
olcTLSCertificateKeyFile: {key}
olcTLSVerifyClient: try
"""


class Slapd(Server):
    """slapd with an empty database; suffix, admin_dn and admin_password say which and whose.

    It listens on a socket file (.ldapi); with tcp=True also on ports of loopback (.uri, and with an
    authority, whose certificate gives it StartTLS, .ldaps_uri). sync=False does not wait for the
    disk. debug is slapd's -d: "stats" shows every operation in the log. more is LDIF for cn=config.
    """

    name = "slapd"
    config_dn = "cn=admin,cn=config"

    def __init__(
        self,
        folder,
        authority=None,
        suffix=BASE,
        tcp=False,
        sync=False,
        debug="0",
        modules=(),
        schemas=("core", "cosine", "nis", "inetorgperson"),
        indexes=("cn,uid,mail,mobile eq", "uidNumber,gidNumber eq", "member,memberUid eq"),
        access=DEBIAN_ACCESS,
        password=None,
        more="",
    ):
        super().__init__(folder)
        self.authority, self.suffix = authority, suffix
        self.port = free_port() if tcp else None
        self.ldaps_port = free_port() if tcp and authority else None
        self.sync, self.debug = sync, debug
        self.modules, self.schemas, self.indexes, self.access, self.more = modules, schemas, indexes, access, more
        self.admin_dn, self.admin_password = f"cn=admin,{suffix}", password or secrets.token_hex(12)

    @property
    def uri(self):
        return f"ldap://{LOOPBACK}:{self.port}" if self.port else None

    @property
    def ldaps_uri(self):
        return f"ldaps://{LOOPBACK}:{self.ldaps_port}" if self.ldaps_port else None

    @property
    def socket(self):
        return self.folder / "ldapi"

    @property
    def ldapi(self):
        return f"ldapi://{quote(str(self.socket), safe='')}"

    @property
    def config(self):
        return self.folder / "config"

    def prepare(self):
        self.socket.unlink(missing_ok=True)
        if self.config.exists():
            return
        for folder in (self.folder / "data", self.config):
            folder.mkdir(mode=0o700)
        ldif = self.folder / "config.ldif"
        ldif.touch(mode=0o600)
        ldif.write_text(self._configuration())
        try:
            run([self._binary(), "-Tadd", "-n", "0", "-F", self.config, "-l", ldif])
        except StackError:
            shutil.rmtree(self.config)
            raise

    def _configuration(self):
        return CONFIG.format(
            folder=self.folder,
            suffix=self.suffix,
            root=ROOT_OVER_LDAPI,
            config_dn=self.config_dn,
            admin_dn=self.admin_dn,
            admin_password=self.admin_password,
            nosync=str(not self.sync).upper(),
            log_level="none" if self.debug == "0" else self.debug,
            tls=self._tls(),
            modules=_lines("olcModuleLoad", ("back_mdb", *self.modules)),
            schemas="".join(f"include: file:///etc/ldap/schema/{name}.ldif\n\n" for name in self.schemas),
            indexes=_lines("olcDbIndex", self.indexes),
            access=_lines("olcAccess", self.access),
            more=self.more,
        )

    def _tls(self):
        if self.authority is None:
            return ""
        certificate, key = self.authority.issue("slapd")
        return TLS.format(ca=self.authority.file, certificate=certificate, key=key)

    def _binary(self):
        """A profile for /usr/sbin/slapd would keep it out of a private folder; a copy has no profile."""
        if not Path("/etc/apparmor.d/usr.sbin.slapd").exists():
            return BINARY
        copy = self.folder / "slapd"
        if not copy.exists():
            shutil.copy2(BINARY, copy)
        return copy

    def command(self):
        listen = " ".join(uri for uri in (self.ldapi, self.uri, self.ldaps_uri) if uri)
        return [self._binary(), "-F", self.config, "-h", listen, "-d", self.debug]

    def ready(self):
        try:
            self.as_root().unbind_s()
            return True
        except ldap.SERVER_DOWN:
            return False

    def as_root(self):
        """A connection as the machine's root over the socket; on cn=config it may do all."""
        connection = _connect(self.ldapi)
        connection.sasl_external_bind_s()
        return connection

    def as_admin(self):
        """A connection as the directory's own administrator, whom no access rule limits."""
        return self.as_person(self.admin_dn, self.admin_password)

    def as_person(self, dn, password):
        connection = _connect(self.ldapi)
        connection.simple_bind_s(dn, password)
        return connection

    def run(self, tool, *arguments, bind="root", stdin=None, check=True):
        """Runs ldapsearch, ldapmodify, ... as "root" over ldapi, as "admin", as nobody (None) or as (dn, password)."""
        who = {"root": ["-Q", "-Y", "EXTERNAL"], "admin": _simple(self.admin_dn, self.admin_password), None: ["-x"]}
        identity = _simple(*bind) if isinstance(bind, tuple) else who[bind]
        command = [tool, "-H", self.ldapi, *identity, *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)
        if check and done.returncode:
            raise StackError(f"{tool} failed ({done.returncode}): {done.stderr}{done.stdout}")
        return done


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

    def relaxed(self, dn, **attributes):
        """The same for what only the directory itself writes, such as pwdChangedTime."""
        changes = [(ldap.MOD_REPLACE, name, values(value) or None) for name, value in attributes.items()]
        self.modify_ext_s(dn, changes, serverctrls=[RelaxRulesControl(True)])

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


def _lines(attribute, several):
    return "".join(f"{attribute}: {value}\n" for value in several)


def _simple(dn, password):
    return ["-x", "-D", dn, "-w", password]


def _connect(uri):
    connection = Connection(uri, retry_max=1)
    connection.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5)
    connection.set_option(ldap.OPT_TIMEOUT, 30)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    return connection
