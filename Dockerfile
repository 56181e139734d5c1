# The responder in a small image: everything pinned with hashes, no root, nothing written but in /data and /tmp.
#
#   docker build --tag hypertool-responder .
#   docker run --read-only --tmpfs /tmp --volume responder:/data --publish 8080:8080 \
#     --env RESPONDER_ALERTMANAGER__WEBHOOK_TOKENS='["change-me"]' hypertool-responder

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/responder && python -m venv /opt/build
COPY requirements/runtime.lock requirements/build.lock requirements/
RUN /opt/responder/bin/pip install --require-hashes --requirement requirements/runtime.lock \
 && /opt/build/bin/pip install --require-hashes --requirement requirements/build.lock
COPY pyproject.toml README.md LICENSE ./
COPY responder responder
COPY playbooks playbooks
COPY rules rules
COPY dashboards dashboards
COPY docs/operating.md docs/operating.md
COPY catalogue catalogue
RUN /opt/build/bin/hatchling build --target wheel --directory /wheel \
 && /opt/responder/bin/pip install --no-deps /wheel/*.whl \
 && /opt/responder/bin/pip uninstall --yes pip

FROM python:3.11-slim
COPY --from=build /opt/responder /opt/responder
RUN install --directory --owner 10001 --group 10001 /data
# Within a container loopback is nobody's; the responder starts on other addresses only with webhook tokens.
ENV PATH=/opt/responder/bin:$PATH PYTHONDONTWRITEBYTECODE=1 RESPONDER_SERVER__HOST=0.0.0.0
USER 10001:10001
# The database's default is a file in the working folder.
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=15s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/-/healthy', timeout=2)"]
ENTRYPOINT ["responder"]
CMD ["serve"]
