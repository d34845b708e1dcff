"""A client that logs on, reads everything and says nothing more: `python -m ... PORT`.

Prints how many ExecutionReport(8)s it has read once the gateway ends the connection.
"""

import socket
import sys
from time import time_ns
from typing import Final

from tools.bench.gateway import CLIENT
from tools.bench.wire import frame, utc_text

REPORT: Final = b"\x0135=8\x01"
LOGOUT: Final = b"\x0135=5\x01"
READ_BYTES: Final = 1 << 18


def main(port: int) -> None:
    """Log on and read."""
    with socket.create_connection(("127.0.0.1", port)) as end:
        head = b"35=A\x0134=1\x0149=%b\x0152=%b\x0156=FIXGATE\x01"
        body = head % (CLIENT.encode(), utc_text(time_ns())) + b"98=0\x01108=300\x01"
        end.sendall(frame(body))
        reports, tail = 0, b""
        while LOGOUT not in tail and (data := end.recv(READ_BYTES)):
            tail += data
            reports += tail.count(REPORT)
            tail = tail[-len(REPORT) + 1 :] if LOGOUT not in tail else tail
        print(reports)


if __name__ == "__main__":
    main(int(sys.argv[1]))
