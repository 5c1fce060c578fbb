"""
A mail server that writes down what it accepts, and misbehaves.

Arguments: port, file, seed, and how often it misbehaves. By default, of each hundred letters two
are put off with 451, and three are accepted and written down, but the connection is cut before
the answer.
"""

import asyncio
import random
import re
import sys

from aiosmtpd.smtp import SMTP

MESSAGE_ID = re.compile(rb"^Message-ID: <([^@>]+)@", re.MULTILINE)


class Ledger:
    def __init__(self, file, seed, puts_off, cuts):
        self.file = file
        self.puts_off, self.cuts = puts_off, cuts
        self.random = random.Random(seed)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        chance = self.random.random()
        if chance < self.puts_off:
            return "451 4.3.0 Try again later"
        tag = MESSAGE_ID.search(envelope.content).group(1).decode()
        self.file.write(f"{tag} {envelope.rcpt_tos[0]}\n")
        self.file.flush()
        if chance < self.puts_off + self.cuts:
            server.transport.abort()
        return "250 2.0.0 Taken"


async def serve(port, path, seed, puts_off, cuts):
    with open(path, "a", encoding="ascii") as file:
        ledger = Ledger(file, seed, puts_off, cuts)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(ledger, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
        )
        print("ready", flush=True)  # noqa: T201
        await server.serve_forever()


if __name__ == "__main__":
    port, path, seed, *shares = sys.argv[1:]
    puts_off, cuts = map(float, shares or (0.02, 0.03))
    asyncio.run(serve(int(port), path, int(seed), puts_off, cuts))
