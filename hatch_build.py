"""Compiles what runs between a user and production, where that is asked for.

`HATCH_BUILD_HOOK_ENABLE_CUSTOM=true` asks for it; a C compiler is needed. The modules stay Python
in every respect: mypy's compiler takes them as they are, and without it they run as they are.
"""

import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED = (
    "shadow/capture/intake.py",
    "shadow/capture/meanings.py",
    "shadow/capture/tee/afterwards.py",
    "shadow/capture/tee/asked.py",
    "shadow/capture/tee/bodies.py",
    "shadow/capture/tee/conversation.py",
    "shadow/capture/tee/ends.py",
    "shadow/capture/tee/first_bytes.py",
    "shadow/capture/tee/head_buffer.py",
    "shadow/capture/tee/heads.py",
    "shadow/capture/tee/http2.py",
    "shadow/capture/tee/http2_blocks.py",
    "shadow/capture/tee/http2_frames.py",
    "shadow/capture/tee/http2_heads.py",
    "shadow/capture/tee/http2_side.py",
    "shadow/capture/tee/http2_stream.py",
    "shadow/capture/tee/relay.py",
    "shadow/capture/tee/transcript.py",
    "shadow/queue/blocks.py",
    "shadow/queue/codec.py",
    "shadow/queue/lines.py",
    "shadow/queue/local.py",
    "shadow/queue/pipe.py",
    "shadow/queue/pulse.py",
)
"""What a live process does for each exchange, but for definitions that other libraries read."""


class CompiledWheel(BuildHookInterface[Any]):
    """Adds the compiled modules to a wheel, beside their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; raises what the compilers raise."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"] |= _compiled(Path(self._folder.name))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what lies in the wheel by now."""
        if version != "editable":
            self._folder.cleanup()


def _compiled(folder: Path) -> dict[str, str]:
    """Files made in a folder, and where they belong in a wheel."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    modules = mypycify(list(COMPILED), group_name="shadow", target_dir=str(folder / "c"))
    command = Distribution({"name": "shadow", "ext_modules": modules}).get_command_obj("build_ext")
    lib = folder / "lib"
    command.build_lib, command.build_temp = str(lib), str(folder / "tmp")
    command.ensure_finalized()
    command.run()
    return {str(path): str(path.relative_to(lib)) for path in lib.rglob("*.so")}
