"""One module and one TOML file per published methodology; the folder is the registry."""

from importlib import import_module
from pkgutil import iter_modules

from margin_core.margin.parameters import Document, read
from margin_core.margin.result import Methodology

_MODULES = {name: import_module(f"{__name__}.{name}") for _, name, _ in iter_modules(__path__)}

METHODOLOGIES: dict[str, Methodology] = {
    name: module.METHODOLOGY for name, module in _MODULES.items()
}

DOCUMENTS: dict[str, Document] = {
    name: read(str(module.__file__)) for name, module in _MODULES.items()
}
