"""Other systems' protocols: Jetstream over both wires, and the AppView."""
