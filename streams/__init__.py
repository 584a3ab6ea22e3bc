"""What happens to an event: text, windows, rules, ladder, judge. Pure: no clock, no I/O."""
