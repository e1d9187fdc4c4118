"""The compiled build: the modules that a run spends its time in, as extension modules.

Asked for by ``HATCH_BUILD_HOOKS_ENABLE=1 pip install .``; without it the wheel is plain Python.
mypyc translates the same files to C, so both builds mean the same, to the bit. pyproject.toml
lists the modules.
"""

from __future__ import annotations

import shutil
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
"""For gcc and clang; the compiler of Windows is given none."""


class CompiledBuild(BuildHookInterface):
    """Puts the compiled modules into the wheel, beside their sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell the wheel of it; an editable install stays plain Python."""
        if version == "editable":
            self.app.display_warning(
                "not compiled: an editable install stays plain Python, so that changes count"
            )
            return
        self.target = Path(mkdtemp(prefix="simtwin-compiled-"))
        try:
            compile_modules(self.config["modules"], self.target)
        except BaseException:
            shutil.rmtree(self.target, ignore_errors=True)
            raise
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        made = self.target / "lib"
        for path in sorted(made.rglob("*")):
            if path.is_file():
                build_data["force_include"][str(path)] = str(path.relative_to(made))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take away what the wheel was made from."""
        if version != "editable":
            shutil.rmtree(self.target, ignore_errors=True)


def compile_modules(modules: list[str], target: Path) -> None:
    """Compile *modules*, paths from the folder that is built, into *target*/lib."""
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
