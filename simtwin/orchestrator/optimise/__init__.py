"""Parameters of one operation, optimised on the physics and proved by paired runs."""
