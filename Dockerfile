# A Dask scheduler or worker that knows daskflow's ops.
#
# The base needs Python 3.11 and its venv module; which Python it is should be the one
# that the programs using the cluster run under, for functions travel as bytecode.
ARG BASE_IMAGE=python:3.11-slim
FROM ${BASE_IMAGE}

# Another package index than PyPI: `--build-arg PIP_INDEX_URL=...`, as pip reads them.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST

# Debian's own Python takes no packages, so these go into an environment of their own.
RUN python3 -m venv /opt/daskflow && useradd --create-home daskflow
ENV PATH=/opt/daskflow/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /usr/src/daskflow

# The dependencies are a layer that a change to the code leaves as it is.
COPY pyproject.toml README.md LICENSE ./
RUN mkdir -p src/daskflow && echo '__version__ = "0"' >src/daskflow/__init__.py \
    && pip install --quiet --no-cache-dir --disable-pip-version-check .
COPY src src
RUN pip install --quiet --no-cache-dir --disable-pip-version-check \
    --force-reinstall --no-deps .

USER daskflow
WORKDIR /home/daskflow
EXPOSE 8786 8787
CMD ["dask", "scheduler"]
