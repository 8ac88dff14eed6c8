import json
import subprocess
import sys
from pathlib import Path

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
