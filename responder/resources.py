"""Where the files that come with the product lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path
from typing import Final, Literal

Resource = Literal["docs", "playbooks", "rules", "dashboards", "catalogue"]

_PACKAGE: Final = Path(__file__).parent


def resource_dir(name: Resource) -> Path:
    """The folder of the playbooks, rules, … that the product carries."""
    carried = _PACKAGE / "data" / name
    return carried if carried.is_dir() else _PACKAGE.parent / name
