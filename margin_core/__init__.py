"""Portfolios, scenarios and margin; pure computation with no user interface.

What stands here is what a page, a script or a notebook needs; no name here loads plotly.
"""

from margin_core import files
from margin_core.analysis.against_spot import Crossing, Side, SpotPoint, against_spot, crossings
from margin_core.analysis.attribution import (
    BuildUp,
    Contribution,
    Phase,
    Step,
    build_up,
    contributions,
)
from margin_core.analysis.chain_cost import TERMS as CHAIN_TERMS
from margin_core.analysis.chain_cost import ChainCost, Work, chain_cost
from margin_core.analysis.collateral import (
    CALL,
    LIQUIDATION,
    WATCH,
    Backing,
    Counted,
    Standing,
    backings,
    counted,
    in_coins,
    movable,
    ratios,
)
from margin_core.analysis.comparison import Comparison, NotCovered, compare
from margin_core.analysis.contrast import (
    Change,
    Contrast,
    changes,
    explained_capital,
    ranked,
    shortfall,
)
from margin_core.analysis.deciding import Decision, binding_scenarios, deciding
from margin_core.analysis.ladder import Rung, ladder
from margin_core.analysis.payoff import (
    Basis,
    Curve,
    Range,
    expiries,
    payoff_curves,
    payoff_offset,
)
from margin_core.analysis.placement import (
    emptied,
    offered_expiries,
    placed,
    sketch,
    with_volatility,
)
from margin_core.analysis.reverse_stress import LosingMoves, losing_moves
from margin_core.analysis.scenario_subsets import Subset, Subsets, scenario_subsets
from margin_core.analysis.venues import Segregation, Transfer, Venue, by_venue, segregation
from margin_core.book.instruments import (
    AssetClass,
    Future,
    Instrument,
    LpRange,
    MarginType,
    Option,
    Perpetual,
    Right,
    Settlement,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import AccountType, Balance, Haircut, Portfolio, Position, describe
from margin_core.book.strategies import Inputs
from margin_core.book.templates import TEMPLATES, Template
from margin_core.book.templates import Group as TemplateGroup
from margin_core.errors import (
    ConvergenceError,
    Fault,
    InputError,
    MarginError,
    MarketDataError,
    NotCoveredError,
    ParameterError,
)
from margin_core.margin.configured import configured
from margin_core.margin.equity import balance_value, net_liquidation_value
from margin_core.margin.figure import Line, Rule, binding
from margin_core.margin.parameters import Document, Parameter, Source, Table, overridden
from margin_core.margin.result import LiquidationPrice, MarginResult, Methodology, Outcome
from margin_core.margin.settings import Setting, Settings, read_settings, setting
from margin_core.market.snapshot import Dividend, InstrumentQuote, Market, Quote
from margin_core.market.volatility import Surface
from margin_core.methodologies import DOCUMENTS, METHODOLOGIES
from margin_core.methodologies.cme_span.chain import chain as span_chain
from margin_core.methodologies.us_reg_t import Pairing, SimplePairing
from margin_core.methodologies.us_reg_t import pairings as reg_t_pairings
from margin_core.methodologies.us_reg_t import simple_pairing as reg_t_simple_pairing
from margin_core.methodologies.us_reg_t.groups import Phase as RegTPhase
from margin_core.present.citation import Citation, cite
from margin_core.present.outline import how, outline
from margin_core.present.report import comparison_document, result_document
from margin_core.present.risk_arrays import ArrayRow, RiskArray, risk_arrays
from margin_core.present.workbook import workbook
from margin_core.risk.changes import expiries_rolled, scaled, strike_step, strikes_shifted
from margin_core.risk.exposures import UNITS, Exposure, PositionExposure, exposures, summed
from margin_core.risk.exposures import per_unit as unit_exposures
from margin_core.risk.exposures import profile as exposure_profile
from margin_core.risk.exposures import total as total_exposure
from margin_core.risk.marks import Mark, collateral_marks, marks
from margin_core.risk.moves import Move, moved
from margin_core.risk.revaluation import PnlCube, revalue
from margin_core.risk.scenarios import ScenarioSet, VolMode, VolRule
from margin_core.risk.scenarios import grid as grid_scenarios
from margin_core.risk.surfaces import surface

__all__ = [
    "CALL",
    "CHAIN_TERMS",
    "DOCUMENTS",
    "LIQUIDATION",
    "METHODOLOGIES",
    "TEMPLATES",
    "UNITS",
    "WATCH",
    "AccountType",
    "ArrayRow",
    "AssetClass",
    "Backing",
    "Balance",
    "Basis",
    "BuildUp",
    "ChainCost",
    "Change",
    "Citation",
    "Comparison",
    "Contrast",
    "Contribution",
    "ConvergenceError",
    "Counted",
    "Crossing",
    "Curve",
    "Decision",
    "Dividend",
    "Document",
    "Exposure",
    "Fault",
    "Future",
    "Haircut",
    "InputError",
    "Inputs",
    "Instrument",
    "InstrumentQuote",
    "Line",
    "LiquidationPrice",
    "LosingMoves",
    "LpRange",
    "MarginError",
    "MarginResult",
    "MarginType",
    "Mark",
    "Market",
    "MarketDataError",
    "Methodology",
    "Move",
    "NotCovered",
    "NotCoveredError",
    "Option",
    "Outcome",
    "Pairing",
    "Parameter",
    "ParameterError",
    "Perpetual",
    "Phase",
    "PnlCube",
    "Portfolio",
    "Position",
    "PositionExposure",
    "Quote",
    "Range",
    "RegTPhase",
    "Right",
    "RiskArray",
    "Rule",
    "Rung",
    "ScenarioSet",
    "Segregation",
    "Setting",
    "Settings",
    "Settlement",
    "Side",
    "SimplePairing",
    "Source",
    "SpotPoint",
    "Standing",
    "Step",
    "Stock",
    "Style",
    "Subset",
    "Subsets",
    "Surface",
    "Table",
    "Template",
    "TemplateGroup",
    "Transfer",
    "Underlying",
    "Venue",
    "VolMode",
    "VolRule",
    "Work",
    "against_spot",
    "backings",
    "balance_value",
    "binding",
    "binding_scenarios",
    "build_up",
    "by_venue",
    "chain_cost",
    "changes",
    "cite",
    "collateral_marks",
    "compare",
    "comparison_document",
    "configured",
    "contributions",
    "counted",
    "crossings",
    "deciding",
    "describe",
    "emptied",
    "expiries",
    "expiries_rolled",
    "explained_capital",
    "exposure_profile",
    "exposures",
    "files",
    "grid_scenarios",
    "how",
    "in_coins",
    "ladder",
    "losing_moves",
    "marks",
    "movable",
    "moved",
    "net_liquidation_value",
    "offered_expiries",
    "outline",
    "overridden",
    "payoff_curves",
    "payoff_offset",
    "placed",
    "ranked",
    "ratios",
    "read_settings",
    "reg_t_pairings",
    "reg_t_simple_pairing",
    "result_document",
    "revalue",
    "risk_arrays",
    "scaled",
    "scenario_subsets",
    "segregation",
    "setting",
    "shortfall",
    "sketch",
    "span_chain",
    "strike_step",
    "strikes_shifted",
    "summed",
    "surface",
    "total_exposure",
    "unit_exposures",
    "with_volatility",
    "workbook",
]
