# SPDX-License-Identifier: Apache-2.0
"""A private slapd with cn=config, on ldapi and if wanted on a loopback port, from an empty folder."""

import pathlib
import shutil
import subprocess
import time
import urllib.parse

BINARY = "/usr/sbin/slapd"
SCHEMAS = "/etc/ldap/schema"
PEERCRED_ROOT = "gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth"
START_SECONDS = 20

# What Debian's package gives a new database.
DEFAULT_ACCESS = (
    "to attrs=userPassword by self write by anonymous auth by * none",
    "to attrs=shadowLastChange by self write by * read",
    "to * by * read",
)


def listify(attribute, values):
    return "".join(f"{attribute}: {value}\n" for value in values)


class Slapd:
    """start() makes the server in `folder` if nothing is there yet, stop() ends it and leaves the data."""

    def __init__(
        self,
        folder,
        suffix="dc=example,dc=org",
        port=None,
        modules=(),
        schemas=("core", "cosine", "nis", "inetorgperson"),
        access=DEFAULT_ACCESS,
        password="admin",
        nosync=True,
    ):
        self.folder = pathlib.Path(folder).resolve()
        self.suffix, self.port, self.nosync = suffix, port, nosync
        self.modules, self.schemas, self.access = modules, schemas, access
        self.admin_dn, self.admin_password = f"cn=admin,{suffix}", password
        self.config_dn = "cn=admin,cn=config"
        self.socket = self.folder / "ldapi"
        self.ldapi = "ldapi://" + urllib.parse.quote(str(self.socket), safe="")
        self.uri = f"ldap://127.0.0.1:{port}" if port else self.ldapi
        self.log = self.folder / "slapd.log"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, prefix=(), debug="0"):
        """Start and wait until it answers; `prefix` is a command to run it under, such as taskset."""
        if not (self.folder / "slapd.d").exists():
            self._create()
        self.socket.unlink(missing_ok=True)
        uris = self.ldapi + (f" {self.uri}" if self.port else "")
        command = [*prefix, self._binary(), "-h", uris, "-F", str(self.folder / "slapd.d"), "-d", debug]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait()

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def run(self, tool, *arguments, bind="root", stdin=None, check=True):
        """Run ldapsearch, ldapmodify, ... as `root` over ldapi, as `admin`, as nobody (None), or as (dn, password)."""
        who = {"root": ["-Q", "-Y", "EXTERNAL"], "admin": self._simple(self.admin_dn, self.admin_password), None: ["-x"]}
        identity = self._simple(*bind) if isinstance(bind, tuple) else who[bind]
        command = [tool, "-H", self.ldapi, *identity, *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)
        if check and done.returncode:
            raise RuntimeError(f"{tool} failed ({done.returncode}): {done.stderr}{done.stdout}")
        return done

    def add(self, ldif):
        """Add entries as the database's administrator, whom no access rule limits."""
        return self.run("ldapadd", bind="admin", stdin=ldif)

    @staticmethod
    def _simple(dn, password):
        return ["-x", "-D", dn, "-w", password]

    def _binary(self):
        """A profile for /usr/sbin/slapd would keep it out of a private folder; a copy has no profile."""
        enabled = pathlib.Path("/sys/module/apparmor/parameters/enabled")
        if not enabled.exists() or enabled.read_text().strip() != "Y":
            return BINARY
        copy = self.folder / "slapd"
        if not copy.exists():
            shutil.copy2(BINARY, copy)
        return str(copy)

    def _create(self):
        for name in ("slapd.d", "data"):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        command = [self._binary(), "-Tadd", "-n", "0", "-F", str(self.folder / "slapd.d")]
        done = subprocess.run(command, input=self._config(), capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(self.folder / "slapd.d")
            raise RuntimeError(f"slapadd failed: {done.stderr}")

    def _config(self):
        modules = ("back_mdb", *self.modules)
        includes = "".join(f"include: file://{SCHEMAS}/{name}.ldif\n\n" for name in self.schemas)
        return (
            "dn: cn=config\nobjectClass: olcGlobal\ncn: config\n"
            f"olcPidFile: {self.folder}/slapd.pid\nolcArgsFile: {self.folder}/slapd.args\n\n"
            "dn: cn=module{0},cn=config\nobjectClass: olcModuleList\ncn: module{0}\n"
            f"{listify('olcModuleLoad', modules)}\n"
            "dn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: schema\n\n"
            f"{includes}"
            "dn: olcDatabase={0}config,cn=config\nobjectClass: olcDatabaseConfig\nolcDatabase: {0}config\n"
            f"olcRootDN: {self.config_dn}\nolcRootPW: {self.admin_password}\n"
            f"olcAccess: to * by dn.exact={PEERCRED_ROOT} manage by * break\n\n"
            "dn: olcDatabase={1}mdb,cn=config\nobjectClass: olcDatabaseConfig\nobjectClass: olcMdbConfig\n"
            f"olcDatabase: {{1}}mdb\nolcSuffix: {self.suffix}\nolcDbDirectory: {self.folder}/data\n"
            f"olcRootDN: {self.admin_dn}\nolcRootPW: {self.admin_password}\n"
            f"olcDbMaxSize: 4294967296\nolcDbNoSync: {str(self.nosync).upper()}\nolcDbIndex: objectClass eq\n"
            f"{listify('olcAccess', self.access)}"
        )

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while self.run("ldapwhoami", check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"slapd does not answer: {self.log.read_text()}")
            time.sleep(0.02)
