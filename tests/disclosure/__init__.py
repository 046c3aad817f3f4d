"""What may leave: the attack, the gate of a release, and counts that must be found nowhere."""
