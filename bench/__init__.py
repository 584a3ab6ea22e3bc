"""The benchmarks: this system beside its peers, same input, same rules, same durability."""
