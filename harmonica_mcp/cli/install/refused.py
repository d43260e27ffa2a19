"""Why nothing was written."""


class Refused(Exception):
    """The change cannot be made; the sentence says why and what to do."""
