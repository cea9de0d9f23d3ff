from pathlib import Path

import astropy.units as u
import numpy as np
import pytest
from ctapipe.coordinates import CameraFrame
from ctapipe.instrument import CameraGeometry
from toy_cameras import TAIGA, TOY_CAMERAS

from showerforge.cameras.camera import Camera
from showerforge.cameras.catalogue import build_camera
from showerforge.cameras.files import from_ctapipe, read_camera, to_ctapipe
from showerforge.errors import InputError

SETTINGS = "# focal_length: 4.75\n# mirror_area: 8.5\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "camera.csv"
    path.write_text(text)
    return path


def text_of(camera: Camera, unit: str) -> str:
    scale = camera.millimetres_per_degree if unit == "mm" else 1.0
    lines = [
        f"# focal_length: {camera.focal_length}",
        f"# mirror_area: {camera.mirror_area}",
        f"# shape: {camera.shape}",
        f"# name: {camera.name}",
        f"cluster,y_{unit},x_{unit},comment",
    ]
    for x, y, cluster in zip(camera.x, camera.y, camera.cluster, strict=True):
        lines.append(f"{cluster},{float(y * scale)!r},{float(x * scale)!r},free text")
    return "\n".join(lines) + "\n"


def assert_same(camera: Camera, other: Camera) -> None:
    np.testing.assert_allclose(camera.x, other.x, atol=1e-12)
    np.testing.assert_allclose(camera.y, other.y, atol=1e-12)
    np.testing.assert_array_equal(camera.cluster, other.cluster)
    for name in ("pitch", "focal_length", "mirror_area", "pixel_width", "radius"):
        assert getattr(camera, name) == pytest.approx(getattr(other, name)), name
    assert (camera.name, camera.shape) == (other.name, other.shape)


@pytest.mark.parametrize("unit", ["deg", "mm"])
@pytest.mark.parametrize("name", TOY_CAMERAS)
def test_camera_comes_back_from_its_file(tmp_path, name, unit):
    camera = TOY_CAMERAS[name]
    path = write(tmp_path, text_of(camera, unit))
    assert_same(read_camera(path), camera)
    assert_same(build_camera(str(path)), camera)


def test_clusters_and_name_may_be_left_out(tmp_path):
    camera = read_camera(write(tmp_path, SETTINGS + "x_deg,y_deg\n0,0\n0.3,0\n"))
    assert camera.cluster.tolist() == [0, 0]
    assert camera.name == "camera"
    assert camera.pitch == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["no pixels", "looks like this"]),
        (SETTINGS + "x_deg,y_deg\n", ["no pixels"]),
        (SETTINGS + "x_degrees,y_deg\n0,0\n1,0\n", ["x_degrees", "x_deg and y_deg"]),
        ("# mirror_area: 8\nx_deg,y_deg\n0,0\n1,0\n", ["no line that names the focal_length"]),
        ("# focal_lenght: 4\n# mirror_area: 8\nx_deg,y_deg\n0,0\n1,0\n", ["focal_lenght?"]),
        ("# focal_length: 4 m\n# mirror_area: 8\nx_deg,y_deg\n0,0\n1,0\n", ["'4 m'"]),
        (SETTINGS + "# shape: round\nx_deg,y_deg\n0,0\n1,0\n", ["'round'", "hexagon, square"]),
        (SETTINGS + "x_deg,y_deg\n0,0\nnan,0\n", ["row 5", "x_deg", "'nan'"]),
        (SETTINGS + "x_deg,y_deg\n0,0\n1,\n", ["row 5", "y_deg", "''"]),
        (SETTINGS + "x_deg,y_deg\n0,0\n1\n", ["row 5", "1 cells", "2 cells"]),
        (SETTINGS + "x_deg,y_deg,cluster\n0,0,0\n1,0,-1\n", ["row 5", "cluster", "-1"]),
        (SETTINGS + "x_deg,y_deg,cluster\n0,0,0\n1,0,0.5\n", ["row 5", "cluster", "0.5"]),
        (
            SETTINGS + "x_deg,y_deg\n0,0\n1,0\n2,0\n3,0\n3,0.1\n",
            ["pixels 3 and 4 overlap", "Pixel 0 is in row 4"],
        ),
    ],
)
def test_wrong_files_are_refused_with_the_place(tmp_path, text, words):
    path = write(tmp_path, text)
    with pytest.raises(InputError) as error:
        read_camera(path)
    for word in [str(path), *words]:
        assert word in str(error.value)


@pytest.mark.parametrize("name", TOY_CAMERAS)
def test_camera_comes_back_from_ctapipe(name):
    camera = TOY_CAMERAS[name]
    back = from_ctapipe(to_ctapipe(camera), camera.focal_length, camera.mirror_area, camera.cluster)
    assert_same(back, camera)


def test_lengths_of_ctapipe_become_angles():
    metres = np.pi / 180 * TAIGA.focal_length
    geometry = CameraGeometry(
        "TAIGA in metres",
        pix_id=np.arange(TAIGA.n_pixels),
        pix_x=TAIGA.x * metres * u.m,
        pix_y=TAIGA.y * metres * u.m,
        pix_area=np.full(TAIGA.n_pixels, TAIGA.pixel_area * metres**2 * 0.81) * u.m**2,
        pix_type="hexagon",
        pix_rotation=0 * u.deg,
        frame=CameraFrame(focal_length=TAIGA.focal_length * u.m),
    )
    camera = from_ctapipe(geometry, TAIGA.focal_length, TAIGA.mirror_area)
    np.testing.assert_allclose(camera.x, TAIGA.x, atol=1e-12)
    assert camera.pitch == pytest.approx(TAIGA.pitch)
    assert camera.pixel_width == pytest.approx(0.9 * TAIGA.pitch)
    np.testing.assert_array_equal(camera.neighbours, TAIGA.neighbours)
