"""This module holds the interface that every law between two events obeys (KERNEL 5)."""
