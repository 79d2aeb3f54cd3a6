"""The gateway: takes what devices send, commits it to the lake, and only then answers."""
