import numpy as np
import pytest
from toy_cameras import TAIGA, TOY_CAMERAS, draw_images

from showerforge.cameras.camera import Camera
from showerforge.cameras.files import to_ctapipe
from showerforge.errors import InputError


def make_camera(x, y, **changes) -> Camera:
    values = {
        "name": "toy",
        "pitch": 1.0,
        "focal_length": 10.0,
        "mirror_area": 50.0,
        "cluster": np.zeros(len(x), dtype=np.int32),
    }
    return Camera(x=np.array(x, dtype=float), y=np.array(y, dtype=float), **(values | changes))


def matrix_of(neighbours: np.ndarray) -> np.ndarray:
    matrix = np.zeros((len(neighbours), len(neighbours) + 1), dtype=bool)
    np.put_along_axis(matrix, neighbours, True, axis=1)
    return matrix[:, :-1]


@pytest.mark.parametrize("name", TOY_CAMERAS)
class TestAgainstCtapipe:
    def test_neighbours(self, name):
        camera, geometry = TOY_CAMERAS[name], to_ctapipe(TOY_CAMERAS[name])
        np.testing.assert_array_equal(matrix_of(camera.neighbours), geometry.neighbor_matrix)

    def test_border(self, name):
        camera, geometry = TOY_CAMERAS[name], to_ctapipe(TOY_CAMERAS[name])
        for ring in (1, 2):
            expected = geometry.get_border_pixel_mask(ring)
            np.testing.assert_array_equal(camera.border[ring - 1], expected)

    def test_pixel_width_and_area(self, name):
        camera, geometry = TOY_CAMERAS[name], to_ctapipe(TOY_CAMERAS[name])
        np.testing.assert_allclose(geometry.pixel_width.value, camera.pixel_width)
        np.testing.assert_allclose(geometry.pix_area.value, camera.pixel_area)


@pytest.mark.parametrize("name", TOY_CAMERAS)
class TestLattice:
    def test_neighbours_are_next_to_each_other_in_the_grid(self, name):
        camera = TOY_CAMERAS[name]
        steps = camera.axial[camera.neighbours] - camera.axial[:, None]
        steps = {tuple(step) for step in steps[camera.neighbours >= 0]}
        along_axes = {(1, 0), (0, 1), (-1, 0), (0, -1)}
        assert steps == along_axes | ({(1, -1), (-1, 1)} if camera.shape == "hexagon" else set())

    def test_each_pixel_has_a_place_of_its_own(self, name):
        camera = TOY_CAMERAS[name]
        assert len(np.unique(camera.axial, axis=0)) == camera.n_pixels
        in_grid = camera.grid[camera.grid >= 0]
        np.testing.assert_array_equal(np.sort(in_grid), np.arange(camera.n_pixels))

    def test_images_come_back_from_the_grid(self, name):
        camera = TOY_CAMERAS[name]
        images = draw_images(camera, 6).reshape(2, 3, -1)
        grid = camera.to_grid(images)
        assert grid.shape == (2, 3, *camera.grid.shape)
        place = np.argwhere(camera.grid >= 0)
        back = np.empty_like(images)
        back[..., camera.grid[camera.grid >= 0]] = grid[..., place[:, 0], place[:, 1]]
        np.testing.assert_array_equal(back, images)
        assert np.all(grid[..., camera.grid < 0] == 0)

    def test_turned_pixels_lie_where_the_turn_takes_them(self, name):
        camera = TOY_CAMERAS[name]
        place = camera.x + 1j * camera.y
        fold = len(camera.rotations)
        for k, source in enumerate(camera.rotations):
            comes = place[source] * np.exp(2j * np.pi * k / fold)
            np.testing.assert_allclose(comes[source >= 0], place[source >= 0], atol=1e-9)
        np.testing.assert_array_equal(camera.rotations[0], np.arange(camera.n_pixels))

    def test_turned_there_and_back_nothing_moves(self, name):
        camera = TOY_CAMERAS[name]
        images = draw_images(camera, 5)
        for k in range(len(camera.rotations)):
            back = camera.rotate(camera.rotate(images, k), -k)
            # what was turned out of the camera is lost, the rest is untouched
            kept = np.isin(np.arange(camera.n_pixels), camera.rotations[k])
            np.testing.assert_array_equal(back, np.where(kept, images, 0))
            assert kept.mean() > 0.9


def test_gap_makes_pixels_smaller_and_leaves_the_lattice():
    with_gap = Camera(**vars_of(TAIGA), gap=0.06)
    assert with_gap.pixel_width == pytest.approx(0.3)
    np.testing.assert_array_equal(with_gap.neighbours, TAIGA.neighbours)
    assert to_ctapipe(with_gap).pixel_width[0].value == pytest.approx(0.3)


def vars_of(camera: Camera) -> dict:
    names = ("name", "x", "y", "pitch", "focal_length", "mirror_area", "cluster")
    return {name: getattr(camera, name) for name in names}


def test_lattice_may_lie_anywhere():
    """The same pixels, turned and shifted, have the same neighbours in the same grid."""
    place = (TAIGA.x + 1j * TAIGA.y) * np.exp(1j * np.deg2rad(4)) + 0.1 - 0.07j
    moved = Camera(**(vars_of(TAIGA) | {"x": place.real, "y": place.imag}))
    assert moved.lattice_angle == pytest.approx(26.5)
    np.testing.assert_array_equal(moved.axial, TAIGA.axial)
    assert moved.lattice.x == pytest.approx(0.1)
    assert moved.lattice.y == pytest.approx(-0.07)


def test_single_pixel_is_a_camera():
    camera = make_camera([0.2], [0.1])
    assert camera.neighbours.tolist() == [[-1] * 6]
    assert camera.grid.tolist() == [[0]]


def test_scattered_pixels_have_no_lattice():
    x, y = np.random.default_rng(0).uniform(0, 30, (2, 12))
    camera = make_camera(x, y, pitch=0.01)
    with pytest.raises(InputError, match=r"do not lie in a hexagonal lattice[\s\S]*pixel \d+ is"):
        _ = camera.axial


def test_square_pixels_gather_no_light():
    with pytest.raises(InputError, match="hexagonal pixels only"):
        _ = TOY_CAMERAS["square"].lattice


@pytest.mark.parametrize(
    ("x", "y", "changes", "words"),
    [
        ([], [], {}, "no pixels"),
        ([0, 1, 1.1], [0, 0, 0.1], {}, "pixels 1 and 2 overlap: 0.1414 deg apart, 1 deg wide"),
        ([0, 1, 0], [0, 0, 0], {}, "pixels 0 and 2 overlap: 0 deg"),
        ([0, np.nan], [0, 0], {}, r"pixel 1 lies at \(nan, 0.0\) deg"),
        ([0, 1], [0, np.inf], {}, r"pixel 1 lies at \(1.0, inf\) deg"),
        ([0, 1], [0], {}, "y has 1 values for 2 pixels"),
        ([0, 1], [0, 0], {"cluster": np.zeros(3, np.int32)}, "cluster has 3 values"),
        ([0, 1], [0, 0], {"pitch": 0.0}, r"pitch is 0 deg \(allowed: above 0\)"),
        ([0, 1], [0, 0], {"focal_length": -1.0}, "focal_length is -1 m"),
        ([0, 1], [0, 0], {"mirror_area": np.nan}, "mirror_area is nan m2"),
        ([0, 1], [0, 0], {"gap": 1.0}, "gap is 1 deg"),
        ([0, 1], [0, 0], {"shape": "round"}, "shape is 'round'"),
    ],
)
def test_impossible_cameras_are_refused(x, y, changes, words):
    with pytest.raises(InputError, match=words) as error:
        make_camera(x, y, **changes)
    assert "'toy'" in str(error.value)


def test_a_camera_is_shown_without_its_pixels():
    assert repr(make_camera([0, 1], [0, 0])) == (
        "Camera(name='toy', pitch=1.0, focal_length=10.0, mirror_area=50.0, "
        "shape='hexagon', gap=0.0)"
    )
