from shadow.diff.excerpt import describe_bytes, json_excerpt, json_excerpts, text_excerpts

LONG = " ".join(f"word{at}" for at in range(1_000))


def test_a_short_value_is_shown_whole():
    assert json_excerpt({"a": [1, None, "x"]}, 100) == '{"a":[1,null,"x"]}'
    assert json_excerpt("a b", 100) == '"a b"'


def test_a_large_container_is_described():
    assert json_excerpt(list(range(1_234)), 100) == "array of 1,234 elements"
    assert json_excerpt({"a": "x" * 200}, 100) == "object of 1 members"


def test_a_long_text_is_shown_around_its_first_difference():
    primary, candidate = text_excerpts(LONG, LONG.replace("word500", "other"), 60)
    assert "word500" in primary
    assert "other" in candidate
    assert max(len(primary), len(candidate)) <= 62


def test_an_excerpt_holds_no_part_of_a_word():
    for size in range(20, 80):
        for text in text_excerpts(LONG, LONG.replace("word500", "other"), size):
            assert set(text.strip("…").split()) <= {*LONG.split(), "other"}


def test_a_long_word_is_described_and_not_cut():
    secret = "s3cr3t" * 50
    assert json_excerpt(secret, 100).startswith("300 characters sha256:")
    primary, candidate = json_excerpts(f"token {secret}", f"token {secret}x", 100)
    assert "s3cr3t" not in primary + candidate


def test_bytes_are_described_by_size_and_digest():
    assert describe_bytes(b"x" * 1_024) == "1,024 bytes sha256:49abd65bbf7f"
