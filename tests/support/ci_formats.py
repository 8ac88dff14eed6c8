"""What readers of JUnit XML and of SARIF ask of a document, as far as we know them.

JUnit XML has no standard: this is what Ant's and Jenkins' schemas agree on. Of SARIF it is what
the standard demands of the objects that we write, and what GitHub asks for on top.
"""

import re
from typing import Any
from xml.etree.ElementTree import Element

_COUNTS = ("tests", "failures", "errors", "skipped")
_CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "properties": {"property"},
    "property": set(),
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "skipped": set(),
    "error": set(),
    "failure": set(),
}
_NEEDED = {
    "testsuite": {"name", *_COUNTS, "time", "timestamp", "hostname"},
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "error": {"type", "message"},
    "failure": {"type", "message"},
}
_URI = re.compile(r"[A-Za-z0-9_~%-][A-Za-z0-9._~%-]*(/(?!\.{1,2}(/|$))[A-Za-z0-9._~%-]+)*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def junit_problems(root: Element) -> list[str]:
    """Say what a reader of JUnit XML would not take."""
    problems = [] if root.tag == "testsuites" else ["the root is not <testsuites>"]
    for element in root.iter():
        unknown = {child.tag for child in element} - _CHILDREN.get(element.tag, set())
        problems += [f"<{name}> in <{element.tag}>" for name in unknown]
        missing = _NEEDED.get(element.tag, set()) - set(element.attrib)
        problems += [f"<{element.tag}> without {name}" for name in missing]
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        counted = {
            "tests": len(cases),
            "failures": len(suite.findall("testcase/failure")),
            "errors": len(suite.findall("testcase/error")),
            "skipped": len(suite.findall("testcase/skipped")),
        }
        problems += [
            f"{name} is not {many}"
            for name, many in counted.items()
            if suite.get(name) != str(many)
        ]
        names = [(case.get("classname"), case.get("name")) for case in cases]
        problems += ["two test cases have one name"] if len(set(names)) < len(names) else []
        problems += [] if _TIME.fullmatch(suite.get("timestamp", "")) else ["a wrong timestamp"]
        problems += [] if all(len(case) <= 1 for case in cases) else ["a case ended twice"]
    return problems


def sarif_problems(document: dict[str, Any]) -> list[str]:
    """Say what a reader of SARIF 2.1.0, or GitHub, would not take."""
    problems = [] if document.get("version") == "2.1.0" else ["the version is not 2.1.0"]
    for run in document["runs"]:
        rules = run["tool"]["driver"]["rules"]
        ids = [rule["id"] for rule in rules]
        problems += [] if len(set(ids)) == len(ids) else ["two rules have one id"]
        for result in run["results"]:
            problems += _result_problems(result, ids)
    return problems


def _result_problems(result: dict[str, Any], rules: list[str]) -> list[str]:
    locations = (*result["locations"], *result.get("relatedLocations", ()))
    uris = [each["physicalLocation"]["artifactLocation"]["uri"] for each in locations]
    lines = [each["physicalLocation"]["region"]["startLine"] for each in locations]
    kinds = {each["kind"] for each in result.get("suppressions", ())}
    text = result["message"]["text"]
    holds = {
        "a result has the rule of its index": rules[result["ruleIndex"]] == result["ruleId"],
        "its level is one": result["level"] in {"none", "note", "warning", "error"},
        "its message is not empty": bool(text),
        "its message has no placeholder": "{" not in text.replace("{{", ""),
        "its message has no link": "](" not in text,
        "its places are plain references": all(map(_URI.fullmatch, uris)),
        "lines are counted from 1": min(lines) >= 1,
        "suppressions are of a kind": kinds <= {"inSource", "external"},
        "GitHub knows it again": bool(result["partialFingerprints"]["primaryLocationLineHash"]),
    }
    return [f"not so: {what}" for what, held in holds.items() if not held]
