"""Small logs of APIs as they are, with the routes behind them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import pytest

from shadow.diff.endpoints.infer import Templates, Visit

PARAMETER = re.compile(r"@?\{[^{}]+\}")
PEOPLE = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"]
TOOLS = [f"{first}-{last}" for first in ("blue", "fast", "tiny") for last in ("lamp", "fox", "owl")]
HASHES = [f"{number:07x}e{number:032x}" for number in range(10, 19)]
ENDINGS = ["core", "cli", "dom", "api", "kit", "web", "app", "lib", "css", "doc", "dev", "run"]
PACKAGES = [f"{tool}-{end}" for tool in TOOLS for end in ENDINGS]
TOKENS = ["N8fK2mQ1xYz3Ab", "9s6XKzkNRiz8i3", "Q2w3E4r5T6y7U8", "zX9cV8bN7mL6kJ", "p0O9i8U7y6T5r4"]
SPACES = ["default", "kube-system", "monitoring", "prod", "staging", "team-a", "team-b", "logging"]

APIS: Mapping[str, Mapping[str, Sequence[Sequence[str]]]] = {
    "github": {
        "/repos/{name}/{name}": (PEOPLE, TOOLS),
        "/repos/{name}/{name}/issues": (PEOPLE, TOOLS),
        "/repos/{name}/{name}/issues/{int}": (PEOPLE, TOOLS, ["7", "8"]),
        "/repos/{name}/{name}/commits/{hex}": (PEOPLE, TOOLS, HASHES),
        "/repos/{name}/{name}/compare/{base}...{head}": (PEOPLE, TOOLS, ["v1"], ["main"]),
        "/repos/{name}/{name}/releases/latest": (PEOPLE, TOOLS),
        "/users/{name}": (PEOPLE,),
        "/users/{name}/repos": (PEOPLE,),
        "/users/{name}/followers": (PEOPLE,),
        "/user/repos": (),
        "/search/issues": (),
        "/rate_limit": (),
    },
    "stripe": {
        "/v1/customers/{id}": ([f"cus_{token}" for token in TOKENS],),
        "/v1/customers/{id}/sources": ([f"cus_{token}" for token in TOKENS],),
        "/v1/invoices/{id}": ([f"in_{token}" for token in TOKENS],),
        "/v1/invoices/upcoming": (),
        **{
            f"/v1/{collection}": ()
            for collection in ("customers", "charges", "invoices", "prices", "products", "events")
        },
        **{f"/v1/{collection}/search": () for collection in ("customers", "charges", "invoices")},
        **{f"/v1/{collection}/search": () for collection in ("prices", "products", "refunds")},
        **{f"/v1/{collection}/search": () for collection in ("plans", "coupons", "payouts")},
    },
    "docker": {
        "/v2/": (),
        "/v2/_catalog": (),
        "/v2/{name}/{name}/tags/list": (PEOPLE, TOOLS),
        "/v2/{name}/{name}/manifests/{digest}": (PEOPLE, TOOLS, [f"sha256:{'ab12' * 16}"]),
        "/v2/{name}/{name}/manifests/latest": (PEOPLE, TOOLS),
        "/v2/{name}/{name}/blobs/{digest}": (PEOPLE, TOOLS, [f"sha256:{'cd34' * 16}"]),
    },
    "jira": {
        "/rest/api/2/issue/{key}": ([f"{p}-{n}" for p in ("WEB", "OPS") for n in range(7, 17)],),
        "/rest/api/3/issue/{key}": ([f"{p}-{n}" for p in ("WEB", "OPS") for n in range(7, 17)],),
        "/rest/api/3/issue/{key}/comment": ([f"WEB-{n}" for n in range(7, 17)],),
        "/rest/api/3/issue/{key}/comment/{int}": ([f"WEB-{n}" for n in range(7, 17)], ["10017"]),
        "/rest/api/3/issue/createmeta": (),
        "/rest/api/3/field/customfield_{int}/context": ([str(n) for n in range(10_000, 10_010)],),
        **{
            f"/rest/api/3/{word}": ()
            for word in (
                "myself",
                "search",
                "field",
                "priority",
                "status",
                "filter",
                "label",
                "role",
            )
        },
        "/rest/agile/1.0/board/{int}/sprint": (["17", "18"],),
    },
    "npm": {
        "/{name}": (PACKAGES,),
        "/{name}/{version}": (PACKAGES, ["1.2.3"]),
        "/{name}/-/{file}.tgz": (PACKAGES, [f"lamp-1.{n}.0" for n in range(8)]),
        "/@{name}/{name}": ([f"@{person}" for person in PEOPLE], PACKAGES[:50]),
        "/@{name}/{name}/-/{file}.tgz": (
            [f"@{person}" for person in PEOPLE],
            PACKAGES[:50],
            [f"lamp-1.{n}.0" for n in range(8)],
        ),
        "/-/ping": (),
        "/-/v1/search": (),
    },
    "kubernetes": {
        **{
            f"/api/v1/namespaces/{{name}}/{kind}": (SPACES,)
            for kind in ("pods", "services", "configmaps", "secrets")
        },
        "/api/v1/namespaces/{name}/pods/{name}/log": (SPACES, [f"web-{t}" for t in TOOLS]),
        "/api/v1/namespaces/{name}/pods/{name}/exec": (SPACES, [f"web-{t}" for t in TOOLS]),
        "/api/v1/nodes": (),
        **{f"/apis/{group}/v1": () for group in ("apps", "batch", "policy", "autoscaling")},
        **{f"/apis/{group}.k8s.io/v1": () for group in ("storage", "events", "node", "resource")},
    },
}


def paths_of(route: str, values: Sequence[Sequence[str]]) -> Iterator[str]:
    texts = PARAMETER.split(route)
    for chosen in product(*values):
        yield "".join(text + value for text, value in zip(texts, (*chosen, ""), strict=True))


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("times", [1, 10])
def test_routes_of_an_api_are_found_in_its_log(api, times):
    routes = {
        path: route for route, values in APIS[api].items() for path in paths_of(route, values)
    }
    visits = [Visit(method="GET", path=path, status=200) for path in routes]
    templates = Templates(visits * times)
    found = defaultdict(set)
    for visit in visits:
        found[templates.of(visit)].add(routes[visit.path])
    assert found == {route: {route} for route in APIS[api]}
