"""Published cases of Derive's standard manager, from derivexyz/v2-core.

``CASES`` are those of test-cases.json at commit fcc833b0: ETH at 1500 and its perpetual at 1505,
BTC at 28 000 and 27 990. An option is (coin, seconds, strike, call, amount, volatility); expected
figures are (initial, maintenance), USDC, negative a shortfall. In the last half hour the
settlement price stands for the forward, as in the suite.

``PORTFOLIOS`` are those of test-cases-portfolio.json at commit f46a7bc8: 1 January 2023, ETH at
2000 and its perpetual at 2001, BTC at 28 000 and 28 020, every volatility 0.5. An option is
(coin, expiry, strike, right, amount); expected figures are whole dollars, cut off toward zero.
What a case changes in the market stands in the suite's own contract.

The rest of a case: ``coins`` held, ``cash``, price of ``usdc``, ``perpetuals`` (coin, amount,
entry, funding), confidences of ETH's ``spot`` and ``perpetual``, and those of one ``expiry``:
(coin, when, of the forward, of volatility).
"""

from datetime import UTC, datetime, timedelta

START = datetime(2023, 1, 1, tzinfo=UTC)
NEAR, MID, FAR, LONG = 500_400, 1_191_600, 2_487_600, 7_758_000
FORWARDS = {
    ("ETH", 900): 1450.168707905438,
    ("ETH", NEAR): 1500.8332793109938,
    ("ETH", MID): 1501.9850451871958,
    ("ETH", FAR): 1504.1469890856878,
    ("ETH", LONG): 1512.9710007874095,
    ("BTC", 900): 28000.006992012624,
    ("BTC", NEAR): 28015.554547138552,
    ("BTC", MID): 28037.054176827652,
    ("BTC", FAR): 28077.410462932844,
    ("BTC", LONG): 28242.12534803165,
}


def in_seconds(seconds):
    """Return the moment so many seconds from the start."""
    return START + timedelta(seconds=seconds)


def on_day(day):
    """Return the moment at which options of a day such as 20230118 expire."""
    return datetime.strptime(f"{day}08", "%Y%m%d%H").replace(tzinfo=UTC)


ATM = 1.0478844940849862


def _near(strike, call, amount, vol, seconds=NEAR, coin="ETH"):
    return (coin, seconds, float(strike), bool(call), float(amount), vol)


def _row(line):
    coin, seconds, strike, right, amount, vol = line.split()
    return coin, int(seconds), float(strike), right == "call", float(amount), float(vol)


SHORT_CALL = _near(1500, 1, -1, ATM)
LONG_CALL = _near(1500, 1, 1, ATM)

# name: (options, the rest of the account and of the market, (initial, maintenance))
CASES = {
    "Test1": ([SHORT_CALL], {}, (-304.37158518905995, -191.87158518905995)),
    "Test2": ([LONG_CALL], {}, (0.0, 0.0)),
    "Test3": (
        [_near(1900, 1, -1, 1.1799938322791132)],
        {},
        (-156.00826183542666, -118.50826183542666),
    ),
    "Test4": (
        [_near(1300, 0, -1, 1.0831894155098765)],
        {},
        (-164.32279429437404, -126.82279429437404),
    ),
    "Test5": (
        [_near(1100, 1, -1, 1.198874027186882), _near(1300, 1, 1, 1.0831894155098765)],
        {},
        (-200.0, -200.0),
    ),
    "Test6": (
        [_near(1900, 1, 1, 1.1799938322791132), _near(1700, 1, -1, 1.1163544712053556)],
        {},
        (-173.10401446658245, -135.60401446658245),
    ),
    "Test7": (
        [
            _near(1200, 1, 1, 1.1389393988282975),
            _near(1000, 1, -1, 1.2620121299319145),
            _near(2500, 1, -0.1, 1.32653865803086),
        ],
        {},
        (-380.0999935173193, -365.0916607242094),
    ),
    "Test8": ([LONG_CALL], {"spot": 0.3}, (0.0, 0.0)),
    "Test10": ([SHORT_CALL], {"spot": 0.8}, (-304.37158518905995, -191.87158518905995)),
    "Test16": ([SHORT_CALL], {"usdc": 0.3}, (-1528.371585189059756, -191.87158518905995)),
    "Test17": ([], {"perpetuals": [("ETH", 1.0, 1535.0, 10.0)]}, (-117.825, -95.25)),
    "Test18": ([], {"coins": [("ETH", 1.0)]}, (150.0, 150.0)),
    "Test19": (
        [_near(1800, 1, -1, 1.1492964832093618)],
        {"coins": [("ETH", 1.0)]},
        (-11.877712074679976, 25.622287925320024),
    ),
    "Test20": ([], {"coins": [("ETH", 1.0)], "spot": 0.15}, (-360.0, 150.0)),
    "Test21": (
        [_near(4500, 0, -1, 1.5973444422286495)],
        {},
        (-3385.3094384297642, -3224.1042270759656),
    ),
    "Test22": (
        [
            _near(1500, 1, -1, ATM),
            _near(1500, 0, 1, ATM),
            _near(2500, 1, 1, 1.32653865803086),
            _near(2500, 0, -1, 1.32653865803086),
        ],
        {},
        (-1000.0, -1000.0),
    ),
    "Test23": (
        [
            _near(1500, 1, 1, ATM),
            _near(1500, 0, -1, ATM),
            _near(1600, 1, -1, 1.0814822163176013),
            _near(1600, 0, 1, 1.0814822163176013),
        ],
        {},
        (0.0, 0.0),
    ),
    "Test24": (
        [_near(1500, 1, -1, 1.0481245668157331, 900)],
        {},
        (-225.00000000104222, -112.5000000010422),
    ),
    "Test25": (
        [
            _near(1200, 1, 1, 1.1385520609538669, 900),
            _near(1000, 1, -1, 1.2616528861737467, 900),
            _near(2500, 1, -0.1, 1.3268194743411348, 900),
        ],
        {},
        (-374.0202449486526, -359.51855786959823),
    ),
    "Test26": (
        [
            _near(1200, 1, 3, 1.1394753146157253, MID),
            _near(1000, 1, -1, 1.2625090932128468, MID),
            _near(29_000, 0, -2.1, 1.064018976887011, FAR, "BTC"),
            _near(34_000, 0, 2.1, 1.1548026917027054, FAR, "BTC"),
        ],
        {},
        (-200.0, -200.0),
    ),
}

# Test27: sixty options of both coins and everything else at once. The file has an initial figure
# by hand, with USDC at 0.69, and one of the contract, for which the suite left it at its peg.
_ROWS = """
    BTC 900 17000 put 1 1.320984566305319
    ETH 1191600 1200 call 10 1.1394753146157253
    ETH 2487600 1400 call 5 1.0416592418543835
    ETH 1191600 2100 call 1 1.2348279458961149
    ETH 1191600 3100 put 10 1.4311350871747854
    BTC 500400 11000 call -1 1.5691220073469268
    BTC 2487600 37000 call -3 1.2023954745078524
    BTC 1191600 14000 put 5 1.4374560717165814
    ETH 2487600 1000 put -3 1.2634404227399796
    ETH 7758000 2700 put 5 1.3610156786267567
    BTC 1191600 48000 call 1 1.3403524564910259
    BTC 900 19000 call -1 1.250134338233608
    ETH 2487600 3900 call -3 1.5347905415177243
    BTC 500400 43000 put 10 1.2844464436945393
    ETH 2487600 3300 call 10 1.459599920953603
    ETH 7758000 3100 put -3 1.4277017190288486
    ETH 500400 1000 call 10 1.2620121299319145
    BTC 2487600 34000 call -3 1.1548026917027054
    BTC 500400 60000 call 1 1.4484292989342276
    ETH 900 2100 call 5 1.2355434543435189
    BTC 500400 46000 put 10 1.31922996118918
    ETH 900 3300 call -3 1.4608731484259283
    ETH 2487600 2300 put 10 1.2824825092899683
    ETH 1191600 4800 call -3 1.6240427409937999
    ETH 7758000 5000 call 1 1.6379085900610515
    ETH 1191600 1600 call -3 1.0810484122390052
    BTC 900 51000 put -3 1.371083224000902
    BTC 2487600 17000 call 5 1.3226975056365629
    ETH 7758000 3900 put -1 1.5322194300531022
    ETH 1191600 2700 put 5 1.3646127911859478
    BTC 2487600 43000 call 10 1.2832939143379167
    BTC 1191600 22000 put -3 1.1520336544710317
    BTC 1191600 43000 put 10 1.2840456739692605
    BTC 2487600 22000 put 10 1.153033397544527
    ETH 7758000 1800 call -20 1.1446788138465522
    BTC 7758000 11000 put -3 1.5733452308626859
    BTC 500400 40000 put -3 1.2461384088833205
    BTC 7758000 8000 put 5 1.7321411124109
    BTC 900 46000 call 10 1.3195122668174335
    ETH 7758000 4400 call -3 1.5844057208064353
    BTC 2487600 43000 put 1 1.2832939143379167
    BTC 900 60000 put -1 1.448687080140713
    ETH 900 5000 call 5 1.6414495400304063
    ETH 500400 2900 put -3 1.3997765168967349
    ETH 2487600 4200 call 5 1.5670032900655628
    BTC 500400 54000 put 5 1.3985901031520267
    ETH 900 4600 put -1 1.6068284885174706
    ETH 1191600 2900 call -1 1.399407566479993
    BTC 2487600 57000 call -3 1.4233364440183174
    BTC 2487600 34000 put -20 1.1548026917027054
    BTC 1191600 31000 call 5 1.102386854995003
    ETH 7758000 4400 put 1 1.5844057208064353
    ETH 1191600 5000 put 1 1.6409065046113447
    ETH 2487600 2500 put 10 1.325420899566138
    BTC 2487600 54000 put 1 1.3975282341859796
    ETH 1191600 1000 put 5 1.2625090932128469
    ETH 900 4400 call 1 1.5880651900667309
    BTC 1191600 37000 call 5 1.2031923458364953
    ETH 7758000 2900 call -1 1.3958977851633472
    BTC 7758000 22000 put 5 1.1570943315244444
"""
_SIXTY = [_row(line) for line in _ROWS.strip().splitlines()]
_BESIDE = {
    "coins": [("ETH", 11.0), ("BTC", 14.0)],
    "cash": 10_000.0,
    "perpetuals": [("ETH", 23.0, 1599.0, -299.0), ("BTC", -42.0, 28_578.0, 177_852.36)],
    "expiry": ("BTC", MID, 0.32, 0.12),
}
CASES["Test27, contract"] = (_SIXTY, _BESIDE, (-334972.08725066288, -226807.76609585865))
CASES["Test27, by hand"] = (
    _SIXTY,
    _BESIDE | {"usdc": 0.69},
    (-1210018.087250663, -226807.76609585865),
)
# the same sixty as the last published file has them: no cash, and less trust in one volatility;
# its figures to the cent
LAST_SIXTY = (
    _SIXTY,
    _BESIDE | {"cash": 0.0, "expiry": ("BTC", MID, 0.32, 0.1)},
    (-345_644.09, -236_807.77),
)


def _eth(expiry, strike, right, amount):
    return ("ETH", expiry, float(strike), right, float(amount))


def _btc(expiry, strike, right, amount):
    return ("BTC", expiry, float(strike), right, float(amount))


CARRY = {
    "20230104": {"ETH": 0.91345, "BTC": 12.7883},
    "20230111": {"ETH": 2.83305, "BTC": 39.66276},
    "20230118": {"ETH": 4.7545, "BTC": 66.56301},
    "20230227": {"ETH": 15.7696, "BTC": 220.77451},
}  # what a forward is above spot

# name: (options, the rest of the account and of the market, (initial, maintenance))
PORTFOLIOS = {
    "long_ATM_call": ([_eth("20230111", 2000, "call", 1)], {}, (0, 0)),
    "long_ATM_put": ([_eth("20230111", 2000, "put", 1)], {}, (0, 0)),
    "short_ITM_call": ([_eth("20230111", 1500, "call", -1)], {}, (-802, -652)),
    "short_ITM_put": ([_eth("20230111", 3000, "put", -2)], {}, (-2594, -2294)),
    "short_OTM_call": ([_eth("20230118", 2500, "call", -1)], {}, (-201, -151)),
    "short_OTM_put": ([_eth("20230111", 1100, "put", -1)], {}, (-200, -150)),
    "short_call_spread_with_MaxLoss": (
        [_eth("20230111", 1800, "call", -1), _eth("20230111", 2000, "call", 1)],
        {},
        (-200, -200),
    ),
    "short_put_spread_with_MaxLoss": (
        [_eth("20230111", 2500, "put", 1), _eth("20230111", 3000, "put", -1)],
        {},
        (-500, -500),
    ),
    "short_call_spread_with_iso_margin": (
        [_eth("20230111", 2300, "call", -1), _eth("20230111", 4000, "call", 1)],
        {},
        (-203, -153),
    ),
    "short_put_spread_with_iso_margin": (
        [_eth("20230111", 1200, "put", 1), _eth("20230111", 2000, "put", -1)],
        {},
        (-365, -215),
    ),
    "short_spread_over_two_expiries_both_MaxLoss": (
        [
            _eth("20230111", 1800, "call", -1),
            _eth("20230111", 2000, "call", 1),
            _eth("20230118", 1800, "call", -1),
            _eth("20230118", 2000, "call", 1),
        ],
        {},
        (-400, -400),
    ),
    "short_spread_two_expiries_both_iso": (
        [
            _eth("20230111", 1200, "put", 1),
            _eth("20230111", 1500, "put", -1),
            _eth("20230227", 2500, "call", -1),
            _eth("20230227", 2700, "call", 1),
        ],
        {},
        (-400, -331),
    ),
    "short_spread_two_currencies_one_iso_one_MaxLoss": (
        [
            _eth("20230111", 3200, "call", -1),
            _eth("20230111", 3500, "call", 1),
            _btc("20230227", 33_000, "call", -1),
            _btc("20230227", 35_000, "call", 1),
        ],
        {},
        (-2200, -2150),
    ),
    "two_currencies_two_expiries_each_iso_and_MaxLoss_for_each": (
        [
            _eth("20230118", 2900, "put", 1),
            _eth("20230118", 3500, "put", -1),
            _eth("20230227", 3000, "call", -1),
            _eth("20230227", 3200, "call", 1),
            _btc("20230118", 35_000, "put", 1),
            _btc("20230118", 38_000, "put", -1),
            _btc("20230111", 36_000, "call", -1),
            _btc("20230111", 40_000, "call", 1),
        ],
        {},
        (-6601, -5855),
    ),
    "long_call_spread": (
        [_eth("20230111", 2900, "call", 1), _eth("20230111", 3500, "call", -1)],
        {},
        (0, 0),
    ),
    "long_put_spread": (
        [_eth("20230111", 2900, "put", -1), _eth("20230111", 3500, "put", 1)],
        {},
        (0, 0),
    ),
    "long_box": (
        [
            _eth("20230111", 1000, "call", 1),
            _eth("20230111", 1000, "put", -1),
            _eth("20230111", 2000, "call", -1),
            _eth("20230111", 2000, "put", 1),
        ],
        {},
        (0, 0),
    ),
    "short_box": (
        [
            _eth("20230111", 1000, "call", -1),
            _eth("20230111", 1000, "put", 1),
            _eth("20230111", 2000, "call", 1),
            _eth("20230111", 2000, "put", -1),
        ],
        {},
        (-1000, -1000),
    ),
    "short_put_with_0_strike_MaxLoss": ([_eth("20230118", 100, "put", -1)], {}, (-100, -100)),
    "USDC_depeg": ([_eth("20230118", 2000, "put", -1)], {"usdc": 0.1}, (-2496, -234)),
    "short_call_spread_with_offset": (
        [_eth("20230111", 1100, "call", -1.01), _eth("20230111", 1200, "call", 1)],
        {},
        (-125, -123),
    ),
    "short_eth_call_with_btc_collateral": (
        [_eth("20230118", 2000, "call", -1)],
        {"coins": [("BTC", 1.0)]},
        (22010, 22160),
    ),
    "short_btc_spread_with_eth_collateral": (
        [_btc("20230111", 20_000, "call", -1), _btc("20230111", 22_000, "call", 1)],
        {"coins": [("ETH", 1.0)]},
        (-400, -400),
    ),
    "borrowing_ETH": ([], {"coins": [("ETH", 1.0)]}, (1600, 1600)),
    "short_eth_call_with_USDC_and_BTC": (
        [_eth("20230118", 2000, "call", -1)],
        {"coins": [("BTC", 1.0)], "cash": 10_000.0},
        (32010, 32160),
    ),
    "long_ATM_perp": ([], {"perpetuals": [("ETH", 1.0, 2005.0, 0.0)]}, (-134, -104)),
    "long_OTM_perp": ([], {"perpetuals": [("ETH", 1.0, 2200.0, 0.0)]}, (-329, -299)),
    "long_ITM_perp": ([], {"perpetuals": [("ETH", 1.0, 1400.0, 0.0)]}, (470, 500)),
    "short_ATM_perp": ([], {"perpetuals": [("ETH", -1.0, 2000.0, 0.0)]}, (-131, -101)),
    "short_OTM_perp": ([], {"perpetuals": [("ETH", -1.0, 1500.0, 0.0)]}, (-631, -601)),
    "short_ITM_perp": ([], {"perpetuals": [("ETH", -1.0, 2200.0, 0.0)]}, (68, 98)),
    "long_perp_with_btc": (
        [],
        {"perpetuals": [("ETH", 1.0, 2005.0, 0.0)], "coins": [("BTC", 1.0)]},
        (22265, 22295),
    ),
    "short_call_low_vol_conf": (
        [_eth("20230118", 2000, "call", -1)],
        {"expiry": ("ETH", "20230118", 1.0, 0.1)},
        (-1109, -239),
    ),
    "short_call_low_vol_and_fwd_confidence": (
        [_eth("20230118", 2000, "call", -1)],
        {"expiry": ("ETH", "20230118", 0.39999, 0.5), "forward": 2004.75},
        (-869, -239),
    ),
    "short_call_low_spot_vol_fwd_confidence": (
        [_eth("20230118", 2000, "call", -1)],
        {"spot": 0.2, "expiry": ("ETH", "20230118", 0.4, 0.5)},
        (-1029, -239),
    ),
    "long_call_low_spot_vol_fwd_confidence": (
        [_eth("20230118", 2000, "call", 1)],
        {"spot": 0.2, "expiry": ("ETH", "20230118", 0.4, 0.5)},
        (0, 0),
    ),
    "short_options_two_expiries_low_conf_one_expiry": (
        [_eth("20230118", 2000, "call", -1), _eth("20230227", 2300, "put", -2)],
        {"spot": 0.9, "expiry": ("ETH", "20230118", 0.4, 0.3)},
        (-2246, -1236),
    ),
    "long_eth_perp_low_perp_confidence": (
        [],
        {"perpetuals": [("ETH", 1.0, 2005.0, 0.0)], "perpetual": 0.1},
        (-854, -104),
    ),
    "base_asset_low_spot_confidence": (
        [],
        {"coins": [("ETH", 1.0)], "spot": 0.1},
        (880, 1600),
    ),
    "ITM_put_with_IM_multiple_of_MM": (
        [_eth("20230104", 7400, "put", -1)],
        {},
        (-6094, -5804),
    ),
    "long_perp_and_USDC_depeg": (
        [],
        {"perpetuals": [("ETH", 1.0, 2005.0, 0.0)], "usdc": 0.1},
        (-2246, -104),
    ),
    "general_portfolio": (
        [
            _eth("20230104", 7400, "put", -1),
            _eth("20230118", 7400, "put", -1),
            _eth("20230118", 2000, "call", -4),
            _eth("20230118", 2000, "put", 2.1),
            _eth("20230118", 2500, "call", 14),
            _eth("20230118", 2500, "put", 32.1),
            _eth("20230227", 1000, "call", 100),
            _btc("20230111", 24_450, "call", -1.2),
            _btc("20230111", 24_800, "call", 1.2),
            _btc("20230227", 10_000, "put", -11),
        ],
        {
            "coins": [("ETH", 4.0), ("BTC", 19.0)],
            "cash": -3522.42,
            "perpetuals": [("ETH", 2.0, 2007.0, 0.0), ("BTC", -4.0, 30_000.0, 0.0)],
            "usdc": 0.97,
            "spot": 0.2,
            "expiry": ("ETH", "20230118", 0.39999, 1.0),
            "forward": 2004.75,
        },
        (371310, 394499),
    ),
}
