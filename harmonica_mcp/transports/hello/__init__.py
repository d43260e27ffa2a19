"""Saying hello before the SDK is loaded: known answers to a host's first questions.

What is imported here before hello is said imports neither `mcp` nor pydantic.
"""
