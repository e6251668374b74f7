"""Entry point: the page frame and the navigation, nothing else."""

import streamlit as st

from pages.ui import shell, sidebar, state

st.set_page_config(page_title="Margin workbench", page_icon="static/mark.svg", layout="wide")
st.logo("static/mark.svg", size="large")
navigation = st.navigation(shell.pages(), position="top")
shell.resume()
state.receive(navigation.url_path)
sidebar.draw()
state.show_notice()
navigation.run()
