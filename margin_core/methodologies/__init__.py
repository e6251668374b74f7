"""One module and one TOML file per published methodology; the folder is the registry."""

from importlib import import_module
from pkgutil import iter_modules

from margin_core.margin.result import Methodology

METHODOLOGIES: dict[str, Methodology] = {
    name: import_module(f"{__name__}.{name}").METHODOLOGY for _, name, _ in iter_modules(__path__)
}
