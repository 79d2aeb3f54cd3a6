"""Documents 公文: registered, numbered, circulated, read, archived."""
