"""What runs the system: Kafka and Redis on one machine, and the image for servers."""
