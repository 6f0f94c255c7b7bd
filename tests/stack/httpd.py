# SPDX-License-Identifier: Apache-2.0
"""Apache httpd with the self-service site, on loopback, with a configuration of its own."""

import os
import shutil
import signal
import ssl
import subprocess
import urllib.request
from pathlib import Path

from .machine import child_of, refusal
from .server import BUILD, LOOPBACK, ROOT, Server, StackError, children_of, free_port, run

BINARY = "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")
SITE_MODULE = BUILD / "mod_mycred.so"

CONFIG = """\
ServerRoot {folder}
ServerName localhost
PidFile {folder}/httpd.pid
ErrorLog {folder}/error.log
LogLevel warn mycred:info
Listen {host}:{port}
{user}
LoadModule mpm_{mpm}_module {modules}/mod_mpm_{mpm}.so
{load}
LoadModule mycred_module {module}
{limits}
KeepAlive On
TraceEnable off
ServerTokens Prod
Protocols h2 http/1.1
TypesConfig /dev/null
CustomLog {folder}/access.log "%h %t \\"%m %U %H\\" %>s %b"

MycredConfig {conf}

{tls}

DocumentRoot {folder}/htdocs
<Location />
    Require all granted
</Location>
<Location /mycred/>
    SetHandler mycred
</Location>
<Location /demo/app/>
    AuthType mycred
    AuthName demo
    Require valid-user
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
<Location /demo/verified/>
    AuthType mycred
    AuthName demo
    Require mycred-verified
</Location>
<Location /demo/api/>
    AuthType Basic
    AuthName "API password"
    AuthBasicProvider mycred
    Require valid-user
</Location>
{more}
"""

TLS = """\
SSLEngine on
SSLCertificateFile {certificate}
SSLCertificateKeyFile {key}
SSLSessionCache nonenotnull"""

LOADED = (
    "ssl socache_shmcb http2 authn_core authz_core authz_user auth_basic dir mime include headers reqtimeout"
).split()

PAGES = {
    "index.html": "<!doctype html><title>demo</title><a href=/mycred/>My Credentials</a>\n",
    "demo/app/index.html": '<!doctype html><title>app</title><p>REMOTE_USER is <!--#echo var="REMOTE_USER" -->\n',
    "demo/verified/index.html": "verified\n",
    "demo/api/index.html": "api\n",
}


# How many processes and threads, where a test does not say; prefork's own presets are small enough.
LIMITS = "StartServers 2\nThreadsPerChild 16\nMaxRequestWorkers 64\nMinSpareThreads 16\nMaxSpareThreads 48"


class Httpd(Server):
    """.url is the site's address, .origin the server's. conf is the mycred.conf it uses; mpm event, worker or prefork
    (without one the variable MYCRED_MPM decides).

    Without an authority it speaks plain http: on localhost browsers take that for as good as TLS.
    """

    name = "httpd"
    tool = ()  # what watches it
    mode = "-DFOREGROUND"

    def __init__(self, folder, authority=None, mpm=None, more="", port=None, limits=None, descriptors=None):
        super().__init__(folder)
        self.authority, self.more, self.descriptors = authority, more, descriptors
        self.mpm = mpm or os.environ.get("MYCRED_MPM", "event")
        self.limits = limits or ("" if self.mpm == "prefork" else LIMITS)
        self.port = port or free_port()
        self.conf = None

    @property
    def origin(self):
        return f"{'https' if self.authority else 'http'}://localhost:{self.port}"

    @property
    def url(self):
        return f"{self.origin}/mycred/"

    def prepare(self):
        tls = ""
        if self.authority:
            certificate, key = self.authority.issue("httpd")
            tls = TLS.format(certificate=certificate, key=key)
        for name, text in PAGES.items():
            file = self.folder / "htdocs" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        for folder in (self.folder, self.folder.parent):
            folder.chmod(0o755)
        self.reports.mkdir(exist_ok=True)
        self.reports.chmod(0o777)
        self.config = self.folder / "httpd.conf"
        self.config.write_text(
            CONFIG.format(
                folder=self.folder,
                host=LOOPBACK,
                port=self.port,
                user="User www-data\nGroup www-data",
                mpm=self.mpm,
                modules=MODULES,
                module=SITE_MODULE,
                load="\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED),
                limits=self.limits,
                conf=self.conf,
                tls=tls,
                more=self.more,
            )
        )

    def command(self):
        httpd = [*self.tool, *sanitizer(self.reports), BINARY, self.mode, "-f", self.config]
        if self.descriptors:
            httpd = ["prlimit", f"--nofile={self.descriptors}", *httpd]
        if refusal():
            return httpd
        # A process namespace: however the starting process dies, the children of httpd die as well.
        own = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        return [*own, Path(__file__).with_name("open.sh"), ROOT, self.folder.parent, *httpd]

    @property
    def pid(self):
        """httpd's own process as seen from outside."""
        return self.process.pid if refusal() else child_of(self.process.pid)

    def stop(self):
        # unshare hands no signal on
        if self.process is not None and self.process.poll() is None and self.pid:
            os.kill(self.pid, signal.SIGTERM)
            try:
                self.process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                os.kill(self.pid, signal.SIGKILL)
        super().stop()
        self._complain()

    @property
    def reports(self):
        """Where a sanitized module writes what it finds: a file for each process."""
        return self.folder / "found"

    def _complain(self):
        found = [file.read_text(errors="replace") for file in sorted(self.reports.glob("*"))]
        shutil.rmtree(self.reports, ignore_errors=True)
        if found:
            raise StackError(f"httpd's sanitizer found {len(found)} things: {found[0][:6000]}")

    def get(self, path):
        context = ssl.create_default_context(cafile=self.authority.file) if self.authority else None
        return urllib.request.urlopen(f"{self.origin}{path}", context=context, timeout=5)

    def ready(self):
        try:
            return self.get("/").status == 200
        except OSError:
            return False

    def graceful(self):
        os.kill(self.pid, signal.SIGUSR1)

    def children(self):
        """The processes that serve, by their numbers outside."""
        return children_of(self.pid)


def is_sanitized():
    return SITE_MODULE.exists() and b"__asan_init" in SITE_MODULE.read_bytes()


def sanitizer(reports):
    """What a command that loads a sanitized module begins with: its runtime wants to be there first.

    Not its leak check: APR maps its pools' memory itself, where that check does not look for pointers. Leaks are for
    valgrind, which does (tests/web/test_memory.py).
    """
    if not is_sanitized():
        return []
    library = run(["gcc", "-print-file-name=libasan.so"]).strip()
    options = f"log_path={reports}/found:detect_leaks=0:handle_segv=2:detect_stack_use_after_return=1:strict_string_checks=1"
    return ["env", f"LD_PRELOAD={os.path.realpath(library)}", f"ASAN_OPTIONS={options}", "UBSAN_OPTIONS=print_stacktrace=1"]


def available():
    return SITE_MODULE.exists() and Path(BINARY).exists() and shutil.which("openssl") is not None
