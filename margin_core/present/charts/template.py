"""The look of every chart: colours by theme, line styles by methodology, one layout."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FONT = "Workbench Sans, Inter, sans-serif"
FONT_SIZE = 12.5
TICK_SIZE = 12
THOUSAND = 1e3
LONG = 10.0  # thousand: a price from here on is told in thousands

# instead of plotly's default template, which is slow to copy and large to send: only its hatching
_HATCHED = {"fillmode": "overlay", "size": 10, "solidity": 0.2}
BARE = {
    "data": {"bar": [{"marker": {"pattern": _HATCHED}}], "scatter": [{"fillpattern": _HATCHED}]}
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a methodology is drawn: its hue and its dash, the same on every chart."""

    colour: str
    dash: str = "solid"
    width: float = 2.25


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme; chrome is monochrome, colour means something."""

    text: str
    muted: str
    page: str
    panel: str
    border: str
    grid: str
    zero: str
    loss: str
    gain: str
    attention: str
    scale: tuple[str, ...]  # P&L, worst to best, eleven steps
    methodologies: Mapping[str, Style]

    def style(self, key: str) -> Style:
        """Return how methodology ``key`` is drawn; unknown ones in the muted colour."""
        return self.methodologies.get(key, Style(self.muted, "dot"))


LIGHT = Palette(
    text="#1B2430",
    muted="#5B6675",
    page="#FFFFFF",
    panel="#F5F6F8",
    border="#DFE3E8",
    grid="#ECEFF2",
    zero="#B4BCC7",
    loss="#B35806",
    gain="#2166AC",
    attention="#B7860B",
    scale=(
        *("#7f3b08", "#b35806", "#e08214", "#fdb863", "#fee0b6", "#f7f7f7"),
        *("#d1e5f0", "#92c5de", "#4393c3", "#2166ac", "#053061"),
    ),
    methodologies={
        "us_reg_t": Style("#334155"),
        "occ_tims": Style("#6741C9"),
        "cme_span": Style("#A21C8E", "dash"),
        "scenario_pm": Style("#64748B", "longdash"),
        "tail_risk": Style("#64748B", "dot"),
        "full_collateral": Style("#64748B", "dashdot"),
        "deribit_pm": Style("#0B6E63"),
        "deribit_sm": Style("#0B6E63", "dash"),
        "okx_pm": Style("#2E5A10"),
        "bybit_pm": Style("#2E5A10", "dash"),
        "binance_pm": Style("#2E5A10", "dot"),
        "derive_pmrm": Style("#7A6A00"),
        "derive_srm": Style("#7A6A00", "dash"),
        "paradex_pm": Style("#50281E", "dashdot"),
        "onchain_cross": Style("#50281E", "dash"),
        "perps_cross": Style("#BE123C"),
        "perps_isolated": Style("#BE123C", "dash"),
    },
)

DARK = Palette(
    text="#E7EBF0",
    muted="#9AA6B5",
    page="#12161B",
    panel="#1B2027",
    border="#2E353E",
    grid="#222830",
    zero="#4B5563",
    loss="#F0A04B",
    gain="#6DB3E8",
    attention="#E8C65A",
    scale=(
        *("#fdb863", "#e08214", "#b35806", "#7f3b08", "#4a2a12", "#2b2b2b"),
        *("#16324a", "#1b4f7d", "#2166ac", "#4393c3", "#92c5de"),
    ),
    methodologies={
        "us_reg_t": Style("#CBD5E1"),
        "occ_tims": Style("#A993F5"),
        "cme_span": Style("#EE86DC", "dash"),
        "scenario_pm": Style("#8290A5", "longdash"),
        "tail_risk": Style("#8290A5", "dot"),
        "full_collateral": Style("#8290A5", "dashdot"),
        "deribit_pm": Style("#2CC4B2"),
        "deribit_sm": Style("#2CC4B2", "dash"),
        "okx_pm": Style("#6FB53A"),
        "bybit_pm": Style("#6FB53A", "dash"),
        "binance_pm": Style("#6FB53A", "dot"),
        "derive_pmrm": Style("#F0DC6A"),
        "derive_srm": Style("#F0DC6A", "dash"),
        "paradex_pm": Style("#FAD2B4", "dashdot"),
        "onchain_cross": Style("#FAD2B4", "dash"),
        "perps_cross": Style("#FF6B88"),
        "perps_isolated": Style("#FF6B88", "dash"),
    },
)


def palette(theme: str) -> Palette:
    """Return the palette of ``light`` or ``dark``."""
    return DARK if theme == "dark" else LIGHT


def figure(
    colours: Palette,
    *,
    height: int,
    data: Sequence[dict[str, Any]] = (),
    **layout: Any,  # noqa: ANN401 - plotly's
) -> go.Figure:
    """Return a figure of the traces ``data`` in the house layout; ``layout`` adds to it.

    Traces, annotations and shapes given here cost a fraction of what adding them one by one does.
    """
    house = _house(colours, height)
    for name, value in layout.items():
        both = isinstance(value, dict) and isinstance(house.get(name), dict)
        house[name] = house[name] | value if both else value
    return go.Figure(data=list(data), layout=house)


def _house(colours: Palette, height: int) -> dict[str, Any]:
    axis = {
        "fixedrange": True,
        "zeroline": False,
        "automargin": True,
        "tickangle": 0,
        "tickfont": {"size": TICK_SIZE, "color": colours.muted},
        "linecolor": colours.border,
    }
    return {
        "template": BARE,
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 6, "b": 34},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": FONT_SIZE, "color": colours.text},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": colours.panel,
            "bordercolor": colours.border,
            "font": {"family": FONT, "size": FONT_SIZE, "color": colours.text},
        },
        "xaxis": axis
        | {"showgrid": False, "ticks": "outside", "ticklen": 4, "tickcolor": colours.border},
        "yaxis": axis | {"gridcolor": colours.grid, "gridwidth": 1, "nticks": 5},
    }


def tint(colour: str, share: float) -> str:
    """Return a hex colour at an opacity of ``share``."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share:g})"


def dodge(heights: list[float], gap: float) -> list[float]:
    """Return label positions pushed apart to at least ``gap``, in the order of ``heights``."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = list(heights)
    for lower, upper in pairwise(order):
        placed[upper] = max(placed[upper], placed[lower] + gap)
    return placed


def spot_ticks(spot: float, moves: tuple[float, ...]) -> tuple[list[float], list[str]]:
    """Return tick positions and two-line labels, price over signed percent, for spot moves."""
    labels = [f"{_price(spot * (1 + m))}<br>{_signed(m)}" for m in moves]
    return [spot * (1 + m) for m in moves], labels


def _price(price: float) -> str:
    """Return a price as short as a telephone's axis needs it."""
    return f"{price / THOUSAND:,.4g}k" if price >= LONG * THOUSAND else f"{price:,.6g}"


def _signed(move: float) -> str:
    sign = "+" if move > 0 else "\u2212" if move < 0 else ""
    return f"{sign}{abs(move) * 100:.3g} %"
