"""How fast it is, measured on this machine.

    python -m bench                                     this checkout
    python -m bench --revision main --revision .        two revisions, by turns
    python -m bench --command 'A' --command 'VAR=x B'   two commands that start the program
    python -m bench soak --minutes 10                   full load for long: memory and failures

Harmonica is a stub on loopback, the same for all. Clients send what clients send, without an SDK.
Figures are the middle of all samples (p50); behind it in brackets the least, the 90th and the 99th
percentile; the last columns divide the middles. Ends with 1 if a call failed. Linux (/proc).
"""

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.figures import Figures
from bench.measurements import (
    calls,
    large_sessions,
    many_clients,
    over_http,
    soak,
    startup,
    tokens,
)
from bench.run import SIZES, Run
from bench.sides import ROOT, sides
from bench.stub import stub
from bench.wire import Failed

MEASUREMENTS = {
    "startup": startup.measure,
    "calls": calls.measure,
    "http": over_http.measure,
    "clients": many_clients.measure,
    "sessions": large_sessions.measure,
    "tokens": tokens.measure,
}


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        "python -m bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("mode", nargs="?", choices=("measure", "soak"), default="measure")
    parser.add_argument("--only", metavar="NAMES", help=f"of {', '.join(MEASUREMENTS)}")
    compared = parser.add_mutually_exclusive_group()
    compared.add_argument("--command", action="append", default=[], help="may be repeated")
    compared.add_argument("--revision", action="append", default=[], help="`.` is this checkout")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick")
    size.add_argument("--smoke", dest="size", action="store_const", const="smoke")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every sample goes there, too")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--minutes", type=float, default=10, help="of a soak")
    chosen = parser.parse_args(arguments)
    chosen.only = chosen.only.split(",") if chosen.only else list(MEASUREMENTS)
    if unknown := set(chosen.only) - MEASUREMENTS.keys():
        parser.error(f"--only {', '.join(sorted(unknown))}: choose of {', '.join(MEASUREMENTS)}")
    return chosen


def machine() -> dict[str, Any]:
    """Give what the figures depend on besides the program."""
    git = ("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    revision = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "checkout": revision,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load before": os.getloadavg()[0],
    }


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


def main() -> int:
    """Run the command line."""
    chosen = options()
    # A thousand connections on each side are more than processes may have by default.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # Servers and worktrees go, however it ends.
    signal.signal(signal.SIGTERM, _end)
    at = machine()
    size = SIZES[chosen.size or "full"]
    try:
        with (
            sides(chosen.command, chosen.revision) as compared,
            stub(with_large=size.session != "hst_small") as api,
        ):
            run = Run(compared, api, size, Figures([side.name for side in compared]))
            if chosen.mode == "soak":
                return soak.soak(run, chosen.minutes)
            for name in chosen.only:
                run.say(name)
                MEASUREMENTS[name](run)
    except (Failed, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    told = ", ".join(f"{name} {value}" for name, value in at.items())
    print(f"{told}\n")
    for table in run.figures.tables(markdown=chosen.markdown):
        print(table)
    if chosen.json:
        document = {"machine": at, "figures": run.figures.as_json()}
        chosen.json.write_text(json.dumps(document, indent=1) + "\n")
    return min(run.failed, 1)


if __name__ == "__main__":
    sys.exit(main())
