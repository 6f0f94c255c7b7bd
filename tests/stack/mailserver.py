#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A mail server that takes every recipient and keeps what arrives in a Maildir.

STARTTLS is offered, and AUTH with one name and password (read from a file: "name:password") after it.
"""

import argparse
import asyncio
import ssl
from pathlib import Path

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def authenticator(file):
    name, password = Path(file).read_text().strip().split(":", 1)
    known = LoginPassword(name.encode(), password.encode())

    def check(_server, _session, _envelope, _mechanism, data):
        return AuthResult(success=data == known, handled=False)

    return check


async def serve(options):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.cert, options.key)
    check = authenticator(options.credentials)
    handler = Mailbox(options.maildir)

    def connection():
        return SMTP(handler, enable_SMTPUTF8=True, tls_context=context, authenticator=check, ident="mycred demo")

    def implicit_tls_connection():
        return SMTP(handler, enable_SMTPUTF8=True, authenticator=check, auth_require_tls=False, ident="mycred demo")

    loop = asyncio.get_running_loop()
    plain = await loop.create_server(connection, "127.0.0.1", options.port)
    tls = await loop.create_server(implicit_tls_connection, "127.0.0.1", options.tls_port, ssl=context)
    await asyncio.gather(plain.serve_forever(), tls.serve_forever())


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--port", type=int, required=True, help="plain, then STARTTLS")
    options.add_argument("--tls-port", type=int, required=True, help="TLS from the first byte")
    options.add_argument("--maildir", required=True)
    options.add_argument("--cert", required=True)
    options.add_argument("--key", required=True)
    options.add_argument("--credentials", required=True)
    asyncio.run(serve(options.parse_args()))


if __name__ == "__main__":
    main()
