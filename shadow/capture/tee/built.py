"""How the tee was installed."""

from importlib.util import find_spec


def is_compiled() -> bool:
    """Whether what it does for each exchange was compiled, as in an image, or is interpreted."""
    spec = find_spec("shadow.capture.tee.relay")
    return spec is not None and spec.origin is not None and not spec.origin.endswith(".py")
