"""cem: unify a company's customer data on one file, offline; see the experience; act on it."""

__version__ = "0.1.0"
