"""A mail server that delivers nothing: each message becomes a file, <recipient>-<number>.eml.

    mail.py SOCKET FOLDER
"""

import asyncio
import itertools
import os
import pathlib
import re
import signal
import sys
import time

from aiosmtpd.smtp import SMTP

counter = itertools.count()


class Keeper:
    def __init__(self, folder):
        self.folder = folder

    def keep(self, recipient, content):
        name = re.sub(r"[^\w@.+-]", "_", recipient)
        file = self.folder / f"{name}-{time.time_ns() // 1000}{next(counter) % 1000:03}.eml"
        half = file.with_suffix(".half")
        half.write_bytes(content)
        half.rename(file)

    async def handle_DATA(self, server, session, envelope):
        for recipient in envelope.rcpt_tos:
            self.keep(recipient, envelope.content)
        return "250 kept"


async def serve(socket, folder):
    pathlib.Path(socket).unlink(missing_ok=True)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_unix_server(
        lambda: SMTP(Keeper(pathlib.Path(folder)), enable_SMTPUTF8=True, hostname="localhost"), socket)
    async with server:
        await stop.wait()


os.umask(0o077)
asyncio.run(serve(*sys.argv[1:]))
