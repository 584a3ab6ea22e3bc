"""The peers, each a program of its own as its users would write it."""
