"""This server as a host sees it: started, and asked for its tools in both eras of the protocol."""

import json
import os
import subprocess
import sys
from typing import Any

from harmonica_mcp.cli.doctor.report import Check

_PATIENCE = 60.0
_CODE = "from harmonica_mcp.cli.doctor.round_trip import main; main({!r})"


def examine(transport: str) -> Check:
    """Make the round trip in a process of its own."""
    try:
        done = subprocess.run(  # noqa: S603 - this program itself
            [sys.executable, "-c", _CODE.format(transport)],
            # A proxy would look for this machine on its own loopback.
            env=dict(os.environ) | {"no_proxy": "*"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return _failed(transport, f"no end after {_PATIENCE:.0f} seconds")
    try:
        told = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().rpartition("\n")[2]
        return _failed(transport, last or f"the process ended with {done.returncode}")
    if "error" in told:
        return _failed(transport, told["error"])
    return _made(transport, told["eras"])


def _made(transport: str, eras: list[dict[str, Any]]) -> Check:
    known = ", ".join(f"{each['era']} ({each['seconds']:.2f} s)" for each in eras)
    text = f"over {transport}: {eras[0]['tools']} tools, protocol {known}"
    return Check("round_trip", "ok", text, facts={"transport": transport, "eras": eras})


def _failed(transport: str, why: str) -> Check:
    return Check(
        "round_trip",
        "failed",
        f"over {transport} this server could not be asked for its tools: {why}",
        facts={"transport": transport, "eras": []},
    )
