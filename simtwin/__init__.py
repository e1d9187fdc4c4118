"""A digital twin of CNC machine shops, as a discrete-event simulation."""
