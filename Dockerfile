# syntax=docker/dockerfile:1
# Two stages: the first has tools and builds, the second has Python and the application, and nothing to build with.

FROM python:3.13-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy

RUN pip install uv==0.13.9

WORKDIR /build
COPY pyproject.toml uv.lock ./

# The locked dependencies first, by hash and from wheels only: a change of our code leaves this layer as it is.
RUN uv export --frozen --no-dev --no-emit-project --output-file requirements.txt > /dev/null \
 && python -m venv /opt/dialgate \
 && /opt/dialgate/bin/pip install --require-hashes --only-binary :all: -r requirements.txt

COPY README.md ./
COPY gateway gateway
COPY workers workers
COPY docs/providers docs/providers

RUN uv build --wheel --out-dir dist \
 && /opt/dialgate/bin/pip install --no-deps dist/dialgate-*.whl \
 && /opt/dialgate/bin/pip uninstall --yes pip \
 && /opt/dialgate/bin/python -m compileall -q /opt/dialgate/lib


FROM python:3.13-slim-trixie

LABEL org.opencontainers.image.title="dialgate" \
      org.opencontainers.image.description="A webhook comes in; the right person's phone rings once, or the ledger says why not."

RUN groupadd --gid 10001 dialgate \
 && useradd --uid 10001 --gid dialgate --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin dialgate \
 && install --directory --owner dialgate --group dialgate --mode 0700 /var/lib/dialgate /var/lib/dialgate-journal

COPY --from=build /opt/dialgate /opt/dialgate
COPY config /etc/dialgate

ENV PATH=/opt/dialgate/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DIALGATE_CONFIG=/etc/dialgate/dialgate.yaml \
    DIALGATE_DATA_DIR=/var/lib/dialgate \
    DIALGATE_HOST=0.0.0.0 \
    DIALGATE_PORT=8080

USER 10001:10001
WORKDIR /var/lib/dialgate
EXPOSE 8080

# Asks the receiver whether it is alive. Where the image runs a worker or the sweeper, docker-compose.yml asks otherwise.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['DIALGATE_PORT']}/healthz\", timeout=2)"]

ENTRYPOINT ["dialgate"]
CMD ["serve"]
