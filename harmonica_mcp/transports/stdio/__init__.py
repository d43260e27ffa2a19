"""The server over stdin and stdout, without threads where the platform can."""
