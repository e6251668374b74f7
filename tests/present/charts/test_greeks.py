"""Greek profiles against spot."""

from margin_core.present.charts import greeks, template


def test_a_chart_has_its_unit_under_its_name_so_that_both_fit_a_telephone():
    chosen = [
        greeks.Profile(name, "USD per day", (1.0, 2.0, 3.0), (1.0, 2.0, 2.0)) for name in "abcd"
    ]
    figure = greeks.profiles(
        (-0.1, 0.0, 0.1), [(0.0, "0 %")], chosen, template.LIGHT, later="in 3 d"
    )
    assert [note.text for note in figure.layout.annotations] == [
        f"<b>{name}</b><br>USD per day" for name in "abcd"
    ]
