"""The engine we talk to and the dialect we speak to it. Reads and writes no table of its own."""
