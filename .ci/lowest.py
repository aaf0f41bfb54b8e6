"""Print the lowest version of every package that the program needs, as constraints for pip."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
for needed in project["dependencies"]:
    name, version = re.match(r"([\w-]+)>=([\d.]+)", needed).groups()
    sys.stdout.write(f"{name}=={version}\n")
