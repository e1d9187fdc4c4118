"""Settings that all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A busy machine is no failure. CI tries nearly the same examples at every run: some are drawn
# from numbers in the modules that are loaded, which the order of tests decides; so a failure
# prints how to have its example again.
settings.register_profile(
    "simtwin",
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("simtwin")
