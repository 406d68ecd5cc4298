"""What people and programs see: results as terminal tables, tab-separated text, one JSON envelope, HTML pages.

Reads and writes no table; rooms return values, this room shows them.
"""
