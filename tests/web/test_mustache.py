# SPDX-License-Identifier: Apache-2.0
"""The official cases of the mustache specification, where they are beside the project."""

import json
import subprocess
from pathlib import Path

import pytest
from stack.server import BUILD

ROOT = Path(__file__).resolve().parents[2]
SPECIFICATION = ROOT.parent / "shared" / "mustache-spec"
PROGRAM = BUILD / "tests" / "unit" / "mustache_case"
CASES_THERE_ARE = 136


def cases():
    for path in sorted(SPECIFICATION.glob("*.json")):
        for case in json.loads(path.read_text())["tests"]:
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def serialised(value):
    if value is None or isinstance(value, bool):
        return b"T" if value else b"F"
    if isinstance(value, list):
        return b"l%d:" % len(value) + b"".join(map(serialised, value))
    if isinstance(value, dict):
        members = (serialised(part) for member in value.items() for part in member)
        return b"o%d:" % len(value) + b"".join(members)
    text = (value if isinstance(value, str) else json.dumps(value)).encode()
    return b"t%d:" % len(text) + text


def render(template, data, partials):
    flat = [part for partial in partials.items() for part in partial]
    given = serialised([template, data, flat])
    done = subprocess.run([PROGRAM], input=given, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.decode()


@pytest.mark.parametrize("case", cases())
def test_official_case(case):
    assert render(case["template"], case["data"], case.get("partials", {})) == case["expected"]


def test_every_official_case_is_run():
    if not SPECIFICATION.is_dir():
        pytest.skip("the mustache specification is not beside this project (../shared/mustache-spec)")
    assert len(list(cases())) == CASES_THERE_ARE


def test_what_is_handed_over_arrives():
    data = {"a": [{"b": "1"}, {"b": "<2>"}], "yes": True, "no": False, "n": 1.5}
    template = "{{#a}}{{b}} {{/a}}{{#yes}}y{{/yes}}{{^no}}n{{/no}} {{n}} {{>p}}"
    assert render(template, data, {"p": "[{{n}}]"}) == "1 &lt;2&gt; yn 1.5 [1.5]"
