"""A TCP proxy on the loopback that makes every byte wait: a network as far away as the benchmark wants it."""

import asyncio
import sys


async def serve(port: int, delay_s: float) -> None:
    """Listen on a free port, print it, and carry bytes to `port` and back, each half a round trip late."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_carry(reader, there_writer, delay_s), _carry(there_reader, writer, delay_s))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    """In order: call_later of one delay never overtakes itself."""
    loop = asyncio.get_running_loop()
    try:
        while chunk := await reader.read(1 << 18):
            loop.call_later(delay_s, writer.write, chunk)
    except ConnectionError:
        pass
    loop.call_later(delay_s, writer.close)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 2000))
