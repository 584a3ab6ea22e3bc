"""A simulated school day on real Kafka and real Redis, in a minute, and the proof behind it."""
