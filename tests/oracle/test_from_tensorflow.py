"""docs/from-tensorflow.md says what is there."""

from tests.oracle.from_tensorflow import PAGE, page


def test_the_page_for_users_of_tensorflow_is_up_to_date() -> None:
    advice = "run python -m tests.oracle.from_tensorflow"
    assert PAGE.read_text() == page(), advice
