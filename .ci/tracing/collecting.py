"""A pytest plugin: coverage's tracer sleeps while the tests are collected."""

import sys
from collections.abc import Generator

import pytest
from sitecustomize import call


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None]:
    """Collect without a tracer; modules of the package wake it."""
    before = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(before)
        call()
