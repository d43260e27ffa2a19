"""Environment and flags, read once into one frozen `Settings`."""

from harmonica_mcp.settings.loading import load_settings
from harmonica_mcp.settings.told import Log, Settings, SettingsError

__all__ = ["Log", "Settings", "SettingsError", "load_settings"]
