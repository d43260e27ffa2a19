"""What holds for every test."""

import os

# Programs that tests start use no cache folder, least of all that of whoever runs the tests.
os.environ["XDG_CACHE_HOME"] = os.devnull
