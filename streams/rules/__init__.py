"""What a message is held against: floods, quiet hours, content. Each rule answers for itself."""
