"""Benchmarks as modules: they are scripts, and stand in no package."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

SCRIPTS = Path(__file__).parents[2] / "research" / "benchmarks"


def load_benchmark(name: str) -> ModuleType:
    """Import ``research/benchmarks/NAME.py``."""
    spec = importlib.util.spec_from_file_location(f"benchmark_of_{name}", SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
