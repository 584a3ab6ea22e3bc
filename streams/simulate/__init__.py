"""A simulated district: a function of its seed, without chance. See `district.simulate`."""

from streams.simulate.district import Pair, school_day, simulate

__all__ = ["Pair", "school_day", "simulate"]
