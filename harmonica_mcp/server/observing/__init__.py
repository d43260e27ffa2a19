"""What operators see of calls: log lines, metrics, traces. Never arguments, texts, ids or keys."""
