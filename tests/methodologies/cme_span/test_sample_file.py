"""The sample of a risk parameter file and the account that goes with it, step by step."""

from pathlib import Path

import pytest

from margin_core.files import read
from margin_core.methodologies.cme_span import METHODOLOGY, load_data
from tests.lines import named

FOLDER = Path(__file__).parents[3] / "sample_risk_files"


def test_the_sample_account_asks_what_its_file_says():
    data = load_data((FOLDER / "synthetic_metals.json").read_text("utf-8"))
    account = read((FOLDER / "metals_portfolio.json").read_bytes())
    result = METHODOLOGY(*account, data=data)
    # five gold futures less ten of a tenth, less one later, and two puts sold, three ranges down
    scan = (5 - 1 - 1) * 17_820 + 2 * 12_094
    february = 5 - 10 * 0.1 + 2 * 0.359  # deltas, of which one is spread against April
    charges = 300 + 50 + 200 * (february - 1)
    # two deltas of each side, at the range that caps gold's price risk
    credit = 0.6 * 2 * 18_000, 0.6 * 2 * 16_000
    assert named(result.maintenance, "Scan risk").amount == scan
    assert result.maintenance.amount == pytest.approx(
        scan + charges - credit[0] + 2 * 16_000 - credit[1]
    )
    assert result.equity.parts[0].amount == pytest.approx(-2 * 77.4 * 100)
    assert result.warnings == ()
