"""Proxies that count what is asked of each service, and how long each took to answer. They change nothing.

One thread serves all of them. Both sides of a comparison pay the same for each request.
"""

import asyncio
import collections
import threading
import time
import urllib.parse

Exchange = collections.namedtuple("Exchange", "service method path began seconds")


class RequestReader:
    """Finds the requests in what a client sends: HTTP/1.1, bodies with a length or in chunks."""

    def __init__(self):
        self._buffer = b""
        self._step = self._head
        self._left = 0
        self.started = []  # (method, path) of each request, in order
        self.is_whole = True  # whether the last one has come to its end

    def feed(self, data):
        self._buffer += data
        while self._step():
            pass

    def _end(self, step):
        self._step = step
        self.is_whole = step == self._head
        return True

    def _head(self):
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return False
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self._buffer = rest
        self.started.append(tuple(lines[0].split(" ")[:2]))
        if "chunked" in fields.get("transfer-encoding", "").lower():
            return self._end(self._chunk_size)
        self._left = int(fields.get("content-length", 0))
        return self._end(self._body if self._left else self._head)

    def _body(self):
        taken = self._buffer[:self._left]
        self._buffer = self._buffer[len(taken):]
        self._left -= len(taken)
        return bool(taken) and not self._left and self._end(self._head)

    def _chunk_size(self):
        line, separator, rest = self._buffer.partition(b"\r\n")
        if not separator:
            return False
        self._buffer = rest
        self._left = int(line.split(b";")[0], 16) + 2
        return self._end(self._chunk if self._left > 2 else self._trailer)

    def _chunk(self):
        taken = self._buffer[:self._left]
        self._buffer = self._buffer[len(taken):]
        self._left -= len(taken)
        return bool(taken) and not self._left and self._end(self._chunk_size)

    def _trailer(self):
        line, separator, rest = self._buffer.partition(b"\r\n")
        if not separator:
            return False
        self._buffer = rest
        return self._end(self._trailer if line else self._head)


class Upstream(asyncio.Protocol):
    """The connection to the service."""

    def __init__(self, client):
        self._client = client

    def connection_made(self, transport):
        self._client.connected(transport)

    def data_received(self, data):
        self._client.answered(data)

    def connection_lost(self, _):
        self._client.close()


class Client(asyncio.Protocol):
    """The connection of a client."""

    def __init__(self, service, address, exchanges):
        self._service = service
        self._address = address
        self._exchanges = exchanges
        self._reader = RequestReader()
        self._waiting = b""
        self._transport = self._upstream = None
        self._sent = None  # when the last request was whole; None while nothing is asked

    def connection_made(self, transport):
        self._transport = transport
        asyncio.ensure_future(self._connect())

    async def _connect(self):
        try:
            await asyncio.get_running_loop().create_connection(lambda: Upstream(self), *self._address)
        except OSError:
            self.close()

    def connected(self, upstream):
        self._upstream = upstream
        upstream.write(self._waiting)

    def data_received(self, data):
        self._reader.feed(data)
        if self._reader.is_whole:
            self._sent = time.monotonic()
        if self._upstream:
            self._upstream.write(data)
        else:
            self._waiting += data

    def answered(self, data):
        if self._sent is not None and self._reader.started:
            began, self._sent = self._sent, None
            self._exchanges.append(Exchange(self._service, *self._reader.started[-1], began, time.monotonic() - began))
        self._transport.write(data)

    def connection_lost(self, _):
        if self._upstream:
            self._upstream.close()

    def close(self):
        if self._transport:
            self._transport.close()


class Proxies:
    """Starts one for each service; `take()` hands out what was asked since the last time."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._exchanges = []
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def before(self, service, url):
        """The URL that stands for `url` from now on."""
        parts = urllib.parse.urlsplit(url)
        address = (parts.hostname, parts.port)
        starting = self._loop.create_server(lambda: Client(service, address, self._exchanges), "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        port = server.sockets[0].getsockname()[1]
        return urllib.parse.urlunsplit(parts._replace(netloc=f"127.0.0.1:{port}"))

    def take(self):
        taken = list(self._exchanges)
        del self._exchanges[:len(taken)]
        return taken
