"""
A mail server that takes everything at once and keeps nothing. Argument: the port.

As most do, it lets commands be sent together.
"""

import asyncio
import sys


async def take(reader, writer):
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        word = line[:4].upper()
        if word == b"DATA":
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
        if word == b"EHLO":
            writer.write(b"250-sink\r\n250 PIPELINING\r\n")
            continue
        writer.write(b"250 taken\r\n")
        if word == b"QUIT":
            break
    writer.close()


async def serve(port):
    server = await asyncio.start_server(take, "127.0.0.1", port, limit=2**20)
    print("ready", flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
