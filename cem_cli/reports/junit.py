"""Verdicts as JUnit XML, the form that CI systems read."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from cem_cli.audiences.assertions import Verdict


def junit_xml(verdicts: Sequence[Verdict]) -> str:
    """Return one test suite with a test case per verdict."""
    failures = sum(not verdict.held for verdict in verdicts)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuite name="cem test" tests="{len(verdicts)}" failures="{failures}">']
    for verdict in verdicts:
        case = f"  <testcase classname=\"cem\" name={quoteattr(verdict.name)}"
        if verdict.held:
            lines.append(case + "/>")
        else:
            told = ", ".join(f"{name} = {value}" for name, value in verdict.numbers.items())
            lines += [case + ">", f"    <failure message={quoteattr(verdict.expect)}>{escape(told)}</failure>", "  </testcase>"]
    return "\n".join([*lines, "</testsuite>"]) + "\n"
