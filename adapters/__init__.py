"""The edges: what performs actions on a platform, and what brings a platform's events in.

An adapter is the only code that talks to a platform. This package imports `schemas` alone: clocks,
names of topics and addresses are values that the command line hands in.
"""
