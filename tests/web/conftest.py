"""What the tests of the frame share."""

from tests.samples import sample_ids  # noqa: F401  a fixture
