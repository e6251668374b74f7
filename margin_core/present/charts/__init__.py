"""Results as plotly figures; knows no streamlit."""
