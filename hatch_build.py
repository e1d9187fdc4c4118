"""The compiled build: the rooms that a run spends its time in, as extension modules.

Asked for by ``HATCH_BUILD_HOOKS_ENABLE=1 pip install .``; without it the wheel is plain Python.
mypyc translates the same files to C, so both builds mean the same, to the bit. pyproject.toml
lists the modules.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MYPY = ("--config-file=", "--ignore-missing-imports", "--disable-error-code=import-untyped")
"""The house's own settings check the types; here they only have to be known."""

FLAGS = (
    "-ffp-contract=off",  # A product and a sum are rounded one by one, as Python does it.
    "-fvisibility=hidden",  # Nobody calls in from outside: calls within may be direct.
    "-fno-semantic-interposition",
    "-g0",
)
"""For the compilers that know them."""


class CompiledBuild(BuildHookInterface):
    """Puts the compiled modules into the wheel, beside their sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell the wheel of it; an editable install stays plain Python."""
        if version == "editable":
            self.app.display_warning(
                "an editable install is not compiled: it would hide the sources"
            )
            return
        target = Path(mkdtemp(prefix="simtwin-compiled-"))
        compiled(self.config["modules"], target)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for path in sorted(target.glob("lib/**/*")):
            if path.is_file():
                build_data["force_include"][str(path)] = str(path.relative_to(target / "lib"))


def compiled(modules: list[str], target: Path) -> None:
    """Compile *modules*, paths from here, into *target*/lib."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    extensions = mypycify(
        [*MYPY, *modules], opt_level="3", group_name="simtwin", target_dir=str(target / "c")
    )
    for extension in extensions:
        extension.extra_compile_args.extend(() if sys.platform == "win32" else FLAGS)
    build = Distribution({"name": "simtwin", "ext_modules": extensions}).get_command_obj(
        "build_ext"
    )
    build.build_lib, build.build_temp = str(target / "lib"), str(target / "c")
    build.ensure_finalized()
    build.run()
