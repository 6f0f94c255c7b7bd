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
from .server import BUILD, LOOPBACK, ROOT, Server, free_port

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


class Httpd(Server):
    """.url is the site's address, .origin the server's. conf is the mycred.conf it uses; mpm event, worker or prefork.

    Without an authority it speaks plain http: on localhost browsers take that for as good as TLS.
    """

    name = "httpd"

    def __init__(self, folder, authority=None, mpm="event", more="", port=None):
        super().__init__(folder)
        self.authority, self.mpm, self.more = authority, mpm, more
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
        limits = "" if self.mpm == "prefork" else "StartServers 2\nThreadsPerChild 16\nMaxRequestWorkers 64\nMinSpareThreads 16\nMaxSpareThreads 48"
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
                limits=limits,
                conf=self.conf,
                tls=tls,
                more=self.more,
            )
        )

    def command(self):
        httpd = [BINARY, "-DFOREGROUND", "-f", self.config]
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


def available():
    return SITE_MODULE.exists() and Path(BINARY).exists() and shutil.which("openssl") is not None
