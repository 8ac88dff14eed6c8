import json
import subprocess
import sys
from pathlib import Path

import pytest

SHADOW = str(Path(sys.executable).parent / "shadow")


def infer(*arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [SHADOW, "endpoints", "infer", *map(str, arguments)]
    return subprocess.run(
        command, input=given, capture_output=True, check=False, timeout=120, text=True
    )


def test_each_line_gets_its_template_in_order():
    done = infer("-", "--format", "json", given="GET /orders/17 200\nGET /users/me\n")
    assert done.returncode == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"method": "GET", "path": "/orders/17", "template": "/orders/{int}"},
        {"method": "GET", "path": "/users/me", "template": "/users/me"},
    ]


def test_bad_lines_are_told_of_and_the_rest_goes_on():
    done = infer("-", "--format", "json", given="nonsense\nGET /orders/17 200\nGET x 20\n")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert "line 1 " in done.stderr
    assert "line 3 " in done.stderr


def test_nothing_to_infer_from_is_a_mistake_of_usage():
    for done in (infer("-", given="\n"), infer("missing.log")):
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_names_are_proposed_for_the_settings():
    lines = [f"GET /users/user{letter}x/repos 200" for letter in "abcdefghij"]
    done = infer("-", given="\n".join(lines))
    assert "  - GET /users/{name}/repos" in done.stdout


def test_an_openapi_document_wins(tmp_path: Path):
    spec = tmp_path / "spec.yaml"
    spec.write_text("openapi: 3.1.0\npaths:\n  /products/{sku}:\n    get: {}\n")
    done = infer("-", "--openapi", spec, "--format", "json", given="GET /products/lamp 200\n")
    assert json.loads(done.stdout)["template"] == "/products/{sku}"


def test_lines_of_other_forms_are_understood_each_with_its_template():
    lines = [
        "/orders/17",
        "GET http://h/orders/17 200",
        '"GET /orders/17 HTTP/1.1" 200',
        "/orders/1 -",
    ]
    done = infer("-", "--format", "json", given="\n".join(lines))
    found = [json.loads(line)["template"] for line in done.stdout.splitlines()]
    assert found == ["/orders/{int}"] * 4


def test_a_line_that_is_too_long_keeps_its_status():
    done = infer("-", "--format", "json", given=f"GET /{'a/' * 9_000} 404\nGET /b 200\n")
    found = [json.loads(line)["template"] for line in done.stdout.splitlines()]
    assert found == ["(not found)", "/b"]


def test_paths_are_utf_8():
    done = infer("-", "--format", "json", given="GET /wiki/東京 200\nGET /wiki/京都 200\n")
    found = [json.loads(line)["template"] for line in done.stdout.splitlines()]
    assert found == ["/wiki/東京", "/wiki/京都"]


@pytest.mark.parametrize(
    "text",
    [
        '{"paths":{"/a":' + "[" * 100_000 + "]" * 100_000 + "}}",
        "paths:\n  /a: " + "[" * 100_000,
        "paths:\n  /a: " + "- " * 100_000,
        "paths:\n  /a: " + "{a: " * 900 + "}" * 900,
        "{",
        "!!python/object:os.system x",
    ],
)
def test_no_document_ends_the_process(tmp_path: Path, text: str):
    spec = tmp_path / "spec.yaml"
    spec.write_text(text)
    done = infer("-", "--openapi", spec, given="GET /a 200\n")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_odd_routes_and_versions_do_not_spoil_a_document(tmp_path: Path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "openapi: 3.1.0\ninfo: {version: 2024-02-31}\n"
        "paths:\n  /{a}-{b}-{c}-{d}: {get: {}}\n  /products/{sku}: {get: {}}\n"
    )
    given = "HEAD /products/lamp 200\n"
    done = infer("-", "--openapi", spec, "--format", "json", given=given)
    assert json.loads(done.stdout)["template"] == "/products/{sku}"
    assert "/{a}-{b}-{c}-{d}" in done.stderr


def test_json_with_tabs_is_a_document(tmp_path: Path):
    spec = tmp_path / "spec.json"
    spec.write_text('{\n\t"paths": {"/products/{sku}": {"get": {}}}\n}')
    done = infer("-", "--openapi", spec, "--format", "json", given="GET /products/lamp 200\n")
    assert json.loads(done.stdout)["template"] == "/products/{sku}"
