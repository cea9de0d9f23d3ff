"""Export the graph of all pipelines as a static site of kedro-viz: ``make docs`` calls it.

``python docs/make_graph.py site/viz`` writes the folder anew. Data need not be there. The pages
load nothing from elsewhere, but a browser opens them over HTTP only.
"""

import re
import shutil
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from kedro.framework.project import configure_project

from showerforge.environment import prepare

PROJECT = Path(__file__).parents[1]
PACKAGE = "showerforge"
#: fonts that kedro-viz would fetch; without them it takes those of the machine
FONTS = re.compile(r"<link[^>]*https://fonts[^>]*>\s*")

#: what is new in kedro-viz is not what a reader of the graph came for
NO_TOUR = """<script>
      localStorage.getItem("KedroViz") ??
        localStorage.setItem("KedroViz", '{"showFeatureHints": false}');
    </script>
    """


def export_graph(target: Path) -> None:
    """Write the static site.

    Parameters
    ----------
    target : folder, replaced if it is there.
    """
    prepare()
    from kedro_viz.integrations.deployment.local_deployer import LocalDeployer
    from kedro_viz.server import load_and_populate_data

    configure_project(PACKAGE)
    with chdir(PROJECT):
        load_and_populate_data(PROJECT, package_name=PACKAGE)
    with TemporaryDirectory() as folder:
        # kedro-viz writes into ./build, whatever it is told
        with chdir(folder):
            LocalDeployer().deploy()
        built = Path(folder, "build")
        index = built / "index.html"
        page = FONTS.sub("", index.read_text(encoding="utf-8")).replace(
            "</head>", f"{NO_TOUR}</head>"
        )
        if "https://" in page:
            raise RuntimeError(f"kedro-viz loads something from elsewhere: {page}")
        index.write_text(page, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(built, target)


if __name__ == "__main__":
    export_graph(Path(sys.argv[1]).absolute())
