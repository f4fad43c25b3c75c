"""Builds the package's C++ parts by CMake, in the project's own build folder (build/release, or $GOLDILOCKS_BUILD_DIR),
and puts them and the plugins into the wheel."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GOLDILOCKS_BUILD_DIR", TOP / "build" / "release"))
MODULE = "_native" + sysconfig.get_config_var("EXT_SUFFIX")


def build_native():
    """The module and the folder of the plugins."""
    if not (BUILD / "CMakeCache.txt").exists():
        settings = [f"-DPython_EXECUTABLE={sys.executable}", "-DGOLDILOCKS_BUILD_TESTS=OFF"]
        subprocess.run(["cmake", "--preset", "release", "-B", BUILD, *settings], cwd=TOP, check=True)
    jobs = str(os.cpu_count())
    subprocess.run(["cmake", "--build", BUILD, "--parallel", jobs, "--target", "python_package"], check=True)
    module = BUILD / "python" / "goldilocks" / MODULE
    if not module.exists():
        sys.exit(f"{BUILD} is set up for another Python; name another folder by GOLDILOCKS_BUILD_DIR")
    return module, BUILD / "lib" / "goldilocks" / "plugins"


class BuildWithNative(build_py):
    def run(self):
        super().run()
        module, plugins = build_native()
        package = Path(self.build_lib) / "goldilocks"
        target = package / "lib" / "goldilocks" / "plugins"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        copies = [Path(shutil.copy(module, package))]
        copies += [Path(shutil.copy(plugin, target)) for plugin in sorted(plugins.glob("goldilocks-*.so"))]
        subprocess.run(["strip", "--strip-unneeded", *copies], check=True)


class BinaryDistribution(Distribution):
    """Not of Python alone: the wheel is tagged with the interpreter and the platform."""

    def has_ext_modules(self):
        return True


version = re.search(r"project\(\w+ VERSION ([\d.]+)", (TOP / "CMakeLists.txt").read_text()).group(1)
setup(version=version, cmdclass={"build_py": BuildWithNative}, distclass=BinaryDistribution)
