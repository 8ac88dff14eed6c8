"""Every mistake is told at once, with its place."""

import pytest

from shadow.errors import UsageError
from shadow.model import DifferenceKind
from tests.unit.settings.loading import load, mistake, mistakes


class TestMistakes:
    def test_all_mistakes_are_reported_at_once_each_with_its_place(self) -> None:
        text = "capture:\n  sampel: 0.1\nworkers: many\ncandidate: http://prod:8080\n"
        environment = {"SHADOW_CAPTURE__SAMPEL": "1", "SHADOW_PRIMARY": "http://prod:8080"}
        found = {str(m) for m in mistakes(text, environment, {"listen": "x"})}
        listen = "host:port, for example 127.0.0.1:8000, [::1]:8000 or 0.0.0.0:8000"
        assert found == {
            "shadow.yaml:2 capture.sampel: no such setting (did you mean capture.sample?)",
            "shadow.yaml:3 workers: should be a number "
            "(write it plainly; its unit is part of the setting's name)",
            "shadow.yaml:4 candidate: is the same server as primary, so nothing would be compared "
            "(give its own address, or a Host of its own: replay.candidate.host)",
            "environment SHADOW_CAPTURE__SAMPEL: no such setting "
            "(did you mean SHADOW_CAPTURE__SAMPLE?)",
            f"--listen: is not an address to listen on (write {listen})",
        }

    def test_settings_errors_are_the_operators(self) -> None:
        with pytest.raises(UsageError, match=r"shadow\.yaml:1 wokers: no such setting"):
            load("wokers: 1")

    def test_a_name_in_the_wrong_section_is_led_to_the_right_one(self) -> None:
        assert "did you mean capture.sample_by?" in mistake("sample_by: request")

    def test_a_name_that_is_like_no_other_gets_the_list_of_names(self) -> None:
        assert "there are: key, headers, parameters, paths" in mistake("redact: {zzz: 1}")

    def test_a_place_inside_a_variable_names_the_variable(self) -> None:
        environment = {"SHADOW_CAPTURE__UNSAFE": '[{"endpoint": "POST /a"}]'}
        assert mistake("", environment).startswith(
            "environment SHADOW_CAPTURE__UNSAFE[0].isolation: is missing"
        )

    def test_allowed_values_are_named(self) -> None:
        rule = "{name: a, action: ignored, location: status, reason: why}"
        assert "(one of 'ignore', 'unordered', 'set'," in mistake(f"rules: [{rule}]")

    def test_a_release_that_yaml_takes_for_a_number_needs_quotes(self) -> None:
        assert mistake("release: 2.10") == (
            "shadow.yaml:1 release: should be text (put it in quotes)"
        )

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("release: a b", "is not 1 to 64 letters"),
            ("release: " + "a" * 65, "is not 1 to 64 letters"),
            ("primary: prod:8080", "is not an http or https URL"),
            ("primary: http://", "is not an http or https URL"),
            ("primary: self", "is not an http or https URL"),
            ("secondary: itself", "or self to ask primary again"),
            ("secondary: http://prod/base", "must not have a path"),
            ("replay: {self: {share: 5}}", "should be less than or equal to 1"),
            ("replay: {self: {delay_seconds: 60}}", "should be less than or equal to 10"),
            ("replay: {self: {rate: 5}}", "no such setting"),
            ("primary: http://prod:99999", "is not an http or https URL"),
            ("primary: ftp://prod", "is not an http or https URL"),
            ("primary: http://prod/base", "must not have a path"),
            ("primary: http://prod/?a=b", "must not have a query"),
            ("primary: http://me:pass@prod", "must not hold a user name or password"),
            ("listen: 8000", "should be text"),
            ("listen: ':8000'", "is not an address"),
            ("listen: localhost:65536", "is not an address"),
            ("listen: '[prod]:80'", "is not an address"),
            ("store: mysql://db/shadow", "is neither a SQLite nor a PostgreSQL URL"),
            ("store: 'sqlite:///:memory:'", "names no file"),
            ("store: sqlite://", "names no file"),
            ("queue: tcp://127.0.0.1:9", "is not an ipc:// endpoint"),
            ("queue: ipc:///" + "a" * 100, "is longer than the 100 bytes"),
            ("workers: true", "should be a number, not yes or no"),
            ("workers: 65", "should be less than or equal to 64"),
            ("workers: 1.5", "should be a whole number"),
            ("capture: {sample: .nan}", "should be a finite number"),
            ("capture: {sample: 10%}", "should be a number"),
            ("capture: {sample_by: cookie}", "is not something to sample by"),
            ("capture: {include: GET /a}", "should be a list"),
            ("capture: {include: [/a]}", "can never match a request"),
            ("capture: {unsafe: [{endpoint: '*', isolation: it}]}", "must name one method"),
            ("capture: {unsafe: [{endpoint: POST /a, isolation: ' '}]}", "is empty"),
            ("capture: 5", "should be a section"),
            ("replay: {candidate: {timeout_seconds: 0}}", "should be greater than 0"),
            ("replay: {candidate: {set_headers: {host: a}}}", "use the setting 'host'"),
            ("replay: {candidate: {set_headers: {x-a: 1}}}", "should be text"),
            ('replay: {candidate: {set_headers: {x-a: "a\\nb"}}}', "can't have"),
            ("replay: {candidate: {remove_headers: [x-shadow-loop-guard]}}", "Shadow sets itself"),
            ("replay: {candidate: {host: http://a}}", "is not the value of a Host header"),
            ("replay: {candidate: {verify_tls: maybe}}", "should be true or false"),
            ("endpoints: ['items/{id}']", "is not a route template"),
            ("endpoints: ['/items/{id']", "is not a route template"),
            ("endpoints: ['/items/{id']", "or '/files/{name}.json'"),
            ("endpoints: [FETCH /items]", "is not a route template"),
            (
                "rules: [{name: a, action: ignore, location: '', reason: b}]",
                "'' is no location: use status",
            ),
            ("rules: [{name: a, action: ignore, location: status}]", "reason: is missing"),
            ("diff: {ignore_headers: ['a b']}", "is not the name of a header"),
            ("redact: {key: short}", "is shorter than 16 characters"),
            ("redact: {paths: ['$.[']}", "is not a path that can be redacted"),
            ("policy: {alpha: 1}", "should be less than 1"),
            ("policy: {fail_on: [status_6xx]}", "'status_5xx'"),
            ("policy: {required_endpoints: [orders]}", "can never match a request"),
            ("policy: {endpoints: [{match: GET /a, max_excess_rate: 2}]}", "should be less than 1"),
            ("policy: {endpoints: [{min_exchanges: 5}]}", "match: is missing"),
            ("policy: {endpoints: [{match: GET /a}, {match: GET /a}]}", "only the first holds"),
        ],
    )
    def test_a_value_that_cannot_be_says_why(self, text: str, problem: str) -> None:
        assert problem in mistake(text)

    def test_entries_that_never_hold_are_told_together_with_what_is_wrong_elsewhere(self) -> None:
        entries = ("GET /a", "GET /b", "GET /a", "GET /b", "GET /a")
        lines = "".join(f"    - match: {glob}\n" for glob in entries)
        found = mistakes(f"policy:\n  alpha: 7\n  endpoints:\n{lines}    - min_exchanges: 0\n")
        assert [str(each) for each in found[-3:]] == [
            f"shadow.yaml:{line} policy.endpoints[{line - 4}].match: is '{glob}' as in entry "
            f"{first}, and only the first holds (join the two)"
            for line, glob, first in ((6, "GET /a", 1), (7, "GET /b", 2), (8, "GET /a", 1))
        ]
        said = "\n".join(str(each) for each in found)
        assert "policy.alpha: should be less than 1" in said
        assert "policy.endpoints[5].match: is missing" in said

    def test_what_is_required_and_ignored_is_a_mistake_however_it_is_written(self) -> None:
        found = mistakes(
            "workers: 0\n"
            "policy:\n"
            "  required_endpoints: [GET /a, GET /internal/health, GET /b*, GET /internal/*]\n"
            "  ignore_endpoints: ['GET /internal/*', GET /bc, GET /c]\n"
        )
        assert [str(each) for each in found] == [
            "shadow.yaml:1 workers: should be greater than or equal to 1",
            *(
                f"shadow.yaml:3 policy.required_endpoints[{position}]: requires what "
                "ignore_endpoints has as 'GET /internal/*': it would never pass "
                "(remove one of the two)"
                for position in (1, 3)
            ),
        ]

    def test_thousands_of_entries_that_never_hold_are_reported_in_short(self) -> None:
        entries = ", ".join(["{match: GET /a}"] * 1000)
        found = mistakes(f"policy: {{endpoints: [{entries}]}}")
        assert len(found) == 51
        assert "and 949 more mistakes" in str(found[-1])

    def test_a_kind_that_yaml_takes_for_nothing_says_how_to_write_it(self) -> None:
        assert mistake("policy: {fail_on: [missing, null]}") == (
            "shadow.yaml:1 policy.fail_on[1]: is nothing, as YAML reads it "
            "(for the kind null write 'null' in quotes)"
        )
        quoted = load("policy: {fail_on: [missing, 'null']}").policy.fail_on
        assert quoted == (DifferenceKind.MISSING, DifferenceKind.NULL)

    def test_rules_need_names_of_their_own(self) -> None:
        rule = "{name: a, action: ignore, location: status, reason: why}"
        assert "rules: has two rules with the name 'a'" in mistake(f"rules: [{rule}, {rule}]")

    def test_an_expiry_that_is_no_date_is_a_mistake(self) -> None:
        rule = "{name: a, action: ignore, location: status, reason: why, expires: soon}"
        assert "write YYYY-MM-DD" in mistake(f"rules: [{rule}]")

    def test_thousands_of_mistakes_are_reported_in_short(self) -> None:
        found = mistakes("\n".join(f"name_{n}: 1" for n in range(3000)))
        assert len(found) == 51
        assert str(found[-1]) == "shadow.yaml: and 2950 more mistakes"

    def test_a_long_or_strange_name_is_shown_in_short_and_escaped(self) -> None:
        found = mistake(f'"\\e[31m{"a" * 1000}": 1')
        assert "\x1b" not in found
        assert len(found) < 500
