"""What is installed, and how it is started."""

import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harmonica_mcp._version import __version__
from harmonica_mcp.cli.doctor.origins import tilde
from harmonica_mcp.cli.doctor.report import Check

_PACKAGES = ("mcp", "httpx2", "pydantic", "anyio", "starlette", "uvicorn")


def examine() -> Check:
    """Name what matters in an issue."""
    packages = {name: _version(name) for name in _PACKAGES}
    python, system = platform.python_version(), platform.platform(terse=True)
    found = shutil.which("harmonica-mcp")
    where = (
        f"harmonica-mcp on the PATH is {tilde(Path(found))}"
        if found
        else "harmonica-mcp is not on the PATH: hosts need its full path"
    )
    return Check(
        "versions",
        "ok",
        f"harmonica-mcp {__version__}, Python {python}, {system}",
        [", ".join(f"{name} {number}" for name, number in packages.items()), where],
        {
            "harmonica-mcp": __version__,
            "python": python,
            "interpreter": tilde(Path(sys.executable)),
            "system": system,
            "packages": packages,
            "command": tilde(Path(found)) if found else None,
        },
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
