"""The browser views: the only Streamlit code of the house."""
