# syntax=docker/dockerfile:1
# The service alone: no library of training, no pip, no compiler. See docs/deployment.md.
ARG PYTHON=3.13-slim-trixie

FROM python:${PYTHON} AS build
WORKDIR /build
COPY requirements/ requirements/
RUN python -m venv --without-pip /opt/showerforge \
    && pip --python /opt/showerforge/bin/python install --no-cache-dir --require-hashes \
        --only-binary :all: --requirement requirements/serve.txt \
    && pip install --no-cache-dir --require-hashes --requirement requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY src/ src/
# without its dependencies, which are those of training
RUN pip wheel --no-deps --no-build-isolation --no-cache-dir --wheel-dir dist . \
    && pip --python /opt/showerforge/bin/python install --no-deps --no-index --no-cache-dir \
        dist/*.whl

FROM python:${PYTHON} AS service
RUN pip uninstall --yes pip \
    && rm -rf /usr/local/lib/python3*/ensurepip \
    && install --directory --owner 10001 --group 10001 /var/lib/showerforge
COPY --from=build /opt/showerforge /opt/showerforge
ENV PATH=/opt/showerforge/bin:$PATH \
    OMP_NUM_THREADS=1 \
    OMP_WAIT_POLICY=PASSIVE \
    ORT_DISABLE_TELEMETRY=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/showerforge
VOLUME /var/lib/showerforge
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["showerforge", "serve", "--host", "0.0.0.0", "--releases", "/srv/releases", \
    "--log", "/var/lib/showerforge/predictions.sqlite"]
