"""Makes the helpers beside the tests importable; a test module starts its own server."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
