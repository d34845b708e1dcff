"""One connection of a client: HTTP/1.1 by h11, WebSocket by websockets' sans-I/O protocol.

The only file that turns request faults into bytes.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING, Any, Final

import h11
from websockets.datastructures import Headers
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.server import ServerProtocol

from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.control import PREFIX
from tools.broker_apis.faults import Fault
from tools.broker_apis.http import Answer, Conversation, Reply, Request, Streaming
from tools.broker_apis.outlets import StreamEnd

if TYPE_CHECKING:
    from tools.broker_apis.simulator import Simulator

READ_SIZE: Final = 1 << 16
EVENT_FIRST_S: Final = 0.05
PAGE: Final = b"<!DOCTYPE html>\n<html><body><h1>We will be back soon</h1></body></html>\n"
LINGER_OFF: Final = struct.pack("ii", 1, 0)


class Chunks:
    """A chunked reply."""

    def __init__(self, wire: h11.Connection) -> None:
        self._wire = wire

    def message(self, payload: str | bytes) -> bytes:
        """A chunk."""
        data = payload.encode() if isinstance(payload, str) else payload
        return self._wire.send(h11.Data(data=data)) or b""

    def ping(self, payload: bytes) -> bytes:
        """There is none."""
        return b""

    def end(self, code: int, reason: str) -> bytes:
        """The last chunk."""
        return self._wire.send(h11.EndOfMessage()) or b""


class Frames:
    """WebSocket frames."""

    def __init__(self, protocol: ServerProtocol) -> None:
        self._protocol = protocol

    def waiting(self) -> bytes:
        """What the protocol itself wants to say: pongs, its answer to a close."""
        return b"".join(self._protocol.data_to_send())

    def message(self, payload: str | bytes) -> bytes:
        """Text of text, binary of bytes."""
        if isinstance(payload, str):
            self._protocol.send_text(payload.encode())
        else:
            self._protocol.send_binary(payload)
        return self.waiting()

    def ping(self, payload: bytes) -> bytes:
        """A ping."""
        self._protocol.send_ping(payload)
        return self.waiting()

    def end(self, code: int, reason: str) -> bytes:
        """A close frame."""
        self._protocol.send_close(code, reason)
        return self.waiting()


class Connection:
    """Reads requests until the connection ends."""

    def __init__(
        self,
        simulator: Simulator,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        first: bytes = b"",
    ) -> None:
        self._simulator = simulator
        self._reader = reader
        self._writer = writer
        self._wire = h11.Connection(h11.SERVER)
        if first:  # was read to see that it is HTTP
            self._wire.receive_data(first)
        self._fragments: list[Frame] = []
        self._carry_out: dict[str, Callable[[Request, Fault], Any]] = {
            "before_accept": self._close_before,
            "after_accept": self._close_after,
            "truncated": self._truncated,
            "reset": self._reset,
            "delayed": self._delayed,
            "late": self._late,
            "error_before": self._error_before,
            "error_after": self._error_after,
            "too_many": self._too_many,
            "duplicate": self._duplicate,
            "html": self._html,
            "redirect": self._redirect,
            "event_first": self._event_first,
            "broken_json": self._broken_json,
        }

    # --- the pipe of outlets ----------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send it."""
        if not self._writer.is_closing():
            self._writer.write(data)

    def close(self) -> None:
        """End it after what was written."""
        self._writer.close()

    def reset(self) -> None:
        """End it at once (RST)."""
        connected = self._writer.get_extra_info("socket")
        if connected is not None and connected.fileno() >= 0:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_OFF)
        self._writer.transport.abort()

    # --- requests ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until either side ends it."""
        try:
            while (request := await self._request()) is not None:
                if request.headers.get("upgrade", "").lower() == "websocket":
                    await self._upgrade(request)
                    return
                await self._serve(request)
                if self._writer.is_closing() or self._wire.our_state is not h11.DONE:
                    return
                self._wire.start_next_cycle()
        except (ConnectionError, h11.RemoteProtocolError):
            pass
        finally:
            self.close()

    async def _request(self) -> Request | None:
        head: h11.Request | None = None
        body = b""
        while True:
            event = self._wire.next_event()
            if event is h11.NEED_DATA:
                self._wire.receive_data(await self._reader.read(READ_SIZE))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _request_of(head, body)
            else:
                return None

    async def _serve(self, request: Request) -> None:
        if request.path.startswith(PREFIX):
            self._send(request, self._simulator.control.answer(request))
            self._simulator.pump()
            return
        client_id = self._simulator.api.client_id(request)
        fault = self._simulator.world.faults.of_request(request.method, request.path, client_id)
        note = self._simulator.note(request, client_id, fault)
        if fault is None:
            answer = self._answer(request)
            note["status"] = answer.status
            await self._send_answer(request, answer)
        else:
            note["status"] = await self._carry_out[fault.kind](request, fault)
        self._simulator.pump()

    def _answer(self, request: Request) -> Answer:
        return self._simulator.api.answer(request)

    async def _send_answer(self, request: Request, answer: Answer) -> None:
        if isinstance(answer, Reply):
            self._send(request, answer)
            return
        headers = [("Transfer-Encoding", "chunked"), *answer.headers]
        self.write(self._head(answer.status, headers))
        end = StreamEnd(self._simulator.world, answer.conversation, Chunks(self._wire), self)
        with self._simulator.streaming(end, answer.conversation):
            while await self._reader.read(READ_SIZE):
                pass

    def _send(self, request: Request, reply: Reply) -> None:
        self.write(self._bytes(request, reply))

    def _bytes(self, request: Request, reply: Reply) -> bytes:
        has_body = reply.status not in (204, 304) and request.method != "HEAD"
        length = [] if reply.status == 204 else [("Content-Length", str(len(reply.body)))]
        data = self._head(reply.status, [*length, *reply.headers])
        if has_body:
            data += self._wire.send(h11.Data(data=reply.body)) or b""
        return data + (self._wire.send(h11.EndOfMessage()) or b"")

    def _head(self, status: int, headers: list[tuple[str, str]]) -> bytes:
        now_s = self._simulator.world.clock.shown_ns() / NANOSECONDS
        all_headers = [("Date", formatdate(now_s, usegmt=True)), *headers]
        reason = responses.get(status, "Unknown")
        return (
            self._wire.send(h11.Response(status_code=status, headers=all_headers, reason=reason))
            or b""
        )

    # --- WebSocket --------------------------------------------------------------------------------

    async def _upgrade(self, request: Request) -> None:
        client_id = self._simulator.api.client_id(request)
        fault = self._simulator.world.faults.of_request(request.method, request.path, client_id)
        note = self._simulator.note(request, client_id, fault)
        if fault is not None:
            note["status"] = await self._carry_out[fault.kind](request, fault)
            return
        met = self._simulator.api.connect(request)
        if isinstance(met, Reply):
            note["status"] = met.status
            self._send(request, met)
            return
        protocol = ServerProtocol(max_size=None)
        headers = Headers(request.headers.items())
        protocol.receive_data(Handshake(request.target, headers).serialize())
        response = protocol.accept(protocol.events_received()[0])  # type: ignore[arg-type] # the handshake is first
        protocol.send_response(response)
        note["status"] = response.status_code
        frames = Frames(protocol)
        self.write(frames.waiting())
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            await self._talk(met, protocol, frames)

    async def _talk(self, met: Conversation, protocol: ServerProtocol, frames: Frames) -> None:
        end = StreamEnd(self._simulator.world, met, frames, self)
        with self._simulator.streaming(end, met):
            data = self._wire.trailing_data[0]
            while True:
                if data:
                    protocol.receive_data(data)
                    self._hear(met, protocol)
                    end.raw(frames.waiting())
                    self._simulator.pump()
                if protocol.close_expected() or met.outlet.gone:
                    return
                data = await self._reader.read(READ_SIZE)
                if not data:
                    return

    def _hear(self, met: Conversation, protocol: ServerProtocol) -> None:
        for frame in protocol.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode is Opcode.PONG:
                met.ponged(bytes(frame.data))
            elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._fragments.append(frame)
                if frame.fin:
                    met.received(self._whole())
        if isinstance(protocol.parser_exc, ProtocolError):
            met.outlet.gone = True

    def _whole(self) -> str | bytes:
        parts, self._fragments = self._fragments, []
        data = b"".join(bytes(part.data) for part in parts)
        return data.decode() if parts[0].opcode is Opcode.TEXT else data

    # --- request faults: each returns the status that the client was sent, None without one -------

    async def _close_before(self, request: Request, fault: Fault) -> None:
        self.close()

    async def _close_after(self, request: Request, fault: Fault) -> None:
        self._answer(request)
        self.close()

    async def _truncated(self, request: Request, fault: Fault) -> None:
        self.write(self._bytes(request, self._plain_answer(request))[: fault.bytes])
        self.close()

    async def _reset(self, request: Request, fault: Fault) -> None:
        if fault.accept:
            self._answer(request)
        self.reset()

    async def _delayed(self, request: Request, fault: Fault) -> int:
        reply = self._plain_answer(request)
        self._simulator.pump()
        await self._simulator.pause(fault.delay_s)
        return self._sent(request, reply)

    async def _late(self, request: Request, fault: Fault) -> int:
        await self._simulator.pause(fault.delay_s)
        return self._sent(request, self._plain_answer(request))

    async def _error_before(self, request: Request, fault: Fault) -> int:
        return self._sent(request, self._failure(fault, 503))

    async def _error_after(self, request: Request, fault: Fault) -> int:
        self._answer(request)
        return self._sent(request, self._failure(fault, 503))

    async def _too_many(self, request: Request, fault: Fault) -> int:
        return self._sent(request, self._failure(fault, 429))

    async def _duplicate(self, request: Request, fault: Fault) -> int:
        reply = self._plain_answer(request)
        self.write(self._bytes(request, reply) * 2)
        return reply.status

    async def _html(self, request: Request, fault: Fault) -> int:
        if fault.accept:
            self._answer(request)
        headers = [("Content-Type", "text/html; charset=utf-8")]
        return self._sent(request, Reply(status=fault.status or 200, body=PAGE, headers=headers))

    async def _redirect(self, request: Request, fault: Fault) -> int:
        headers = [("Location", fault.location)]
        return self._sent(request, Reply(status=fault.status or 302, headers=headers))

    async def _event_first(self, request: Request, fault: Fault) -> int:
        reply = self._plain_answer(request)
        self._simulator.pump()
        await self._simulator.pause(EVENT_FIRST_S if fault.delay_s is None else fault.delay_s)
        return self._sent(request, reply)

    async def _broken_json(self, request: Request, fault: Fault) -> int:
        reply = self._plain_answer(request)
        return self._sent(request, replace(reply, body=reply.body[: len(reply.body) // 2]))

    def _plain_answer(self, request: Request) -> Reply:
        answer = self._answer(request)
        if isinstance(answer, Streaming):
            return self._simulator.api.failure(503)
        return answer

    def _failure(self, fault: Fault, status: int) -> Reply:
        reply = self._simulator.api.failure(fault.status or status)
        if fault.body is not None:
            reply = replace(reply, body=fault.body.encode())
        return replace(reply, headers=[*reply.headers, *fault.headers.items()])

    def _sent(self, request: Request, reply: Reply) -> int:
        self._send(request, reply)
        return reply.status


def _request_of(head: h11.Request, body: bytes) -> Request:
    return Request(
        method=head.method.decode(),
        target=head.target.decode("latin-1"),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers},
        body=body,
    )
