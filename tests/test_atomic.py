import pytest

from showerforge.atomic import replaced_when_done


def test_file_is_replaced_whole_or_not_at_all(tmp_path):
    target = tmp_path / "new" / "file"
    with replaced_when_done(target) as partial:
        partial.write_text("whole")
        assert not target.exists()
    with pytest.raises(FileNotFoundError), replaced_when_done(target) as partial:
        partial.with_name("not there").read_text()
    assert [path.read_text() for path in target.parent.iterdir()] == ["whole"]


def test_two_that_write_the_same_file_do_not_meet(tmp_path):
    """As workers with the same process id in two containers would."""
    target = tmp_path / "file"
    with replaced_when_done(target) as first, replaced_when_done(target) as second:
        first.write_text("first")
        second.write_text("second")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["first"]
