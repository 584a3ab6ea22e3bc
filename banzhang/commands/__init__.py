"""One file a command: its help, its arguments, and a thin function that runs it."""
