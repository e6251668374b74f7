"""The dashboard's pages; each file is one page."""
