"""Write pip constraints: the oldest versions that pyproject.toml allows of what is needed."""

import re
import sys
import tomllib
from pathlib import Path

_PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
_BOUND = re.compile(r"([\w.-]+)>=([\d.]+)")

needed = [*_PROJECT["dependencies"], *_PROJECT["optional-dependencies"]["redis"]]
sys.stdout.writelines(_BOUND.sub(r"\1==\2", each).partition(",")[0] + "\n" for each in needed)
