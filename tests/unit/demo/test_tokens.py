"""Who may set knobs of the demo, by the lines of a file."""

from pathlib import Path

import pytest

from responder.demo.tokens import named_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("s3cret\n", {"responder": "s3cret"}),  # as `hypertool.control_token_file` holds it
        ("responder one\n\n  alice   two  \n", {"responder": "one", "alice": "two"}),
        ("", {}),
    ],
)
def test_a_line_is_a_name_and_a_token(tmp_path: Path, text: str, tokens: dict[str, str]) -> None:
    (tmp_path / "tokens").write_text(text)
    assert named_tokens(tmp_path / "tokens") == tokens


@pytest.mark.parametrize("text", ["one\ntwo\n", "alice one two\n"])
def test_a_file_that_is_unclear_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokens").write_text(text)
    with pytest.raises(ValueError, match="one line for each name"):
        named_tokens(tmp_path / "tokens")
