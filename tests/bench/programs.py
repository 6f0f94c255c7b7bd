# SPDX-License-Identifier: Apache-2.0
"""The C programs of the benchmark, built into build/bench."""

from stack.server import BUILD, ROOT, run

FOLDER = BUILD / "bench"
FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-I.", "-O2", "-g", "-Wall", "-Wextra", "-Wl,-z,relro,-z,now,--as-needed"]
LDAP = ["-lldap", "-llber", "-lsasl2"]

# program: (sources of tests/bench, what is linked)
PROGRAMS = {
    "empty": (["empty"], []),
    "stopwatch": (["stopwatch"], []),
    "login": (["login"], ["-lpam"]),
    "floor": (["floor", "operations"], LDAP),
    "pace": (["pace", "operations"], LDAP),
    "rate": (["rate", "rate_directory", "rate_pam", "operations"], [*LDAP, "-lpam", "-loath"]),
    "walk": (["walk", "wire"], ["-lssl", "-lcrypto", "-loath"]),
    "own": (["own", "operations"], LDAP),
    "load": (["load", "wire"], ["-lssl", "-lcrypto"]),
    "people": (["people"], [BUILD / "libmycred.a", "-lsodium", "-loath", *LDAP]),
}


def path(name):
    return FOLDER / name


def build():
    FOLDER.mkdir(parents=True, exist_ok=True)
    httpd = run(["apr-1-config", "--includes", "--cppflags"]).split()
    include = run(["apxs", "-q", "INCLUDEDIR"]).strip()
    source = ROOT / "tests" / "bench" / "mod_ceiling.c"
    module = [*FLAGS, *httpd, f"-I{include}", "-shared", "-fPIC", "-o", path("mod_ceiling.so")]
    run(["cc", *module, source, *LDAP], cwd=ROOT)
    for name, (sources, libraries) in PROGRAMS.items():
        files = [ROOT / "tests" / "bench" / f"{source}.c" for source in sources]
        run(["cc", *FLAGS, "-o", path(name), *files, *libraries], cwd=ROOT)
