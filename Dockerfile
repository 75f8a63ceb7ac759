# One image for every process of the back end: its command chooses `api`, `worker` or `migrate`.
#
#   docker build --tag nexus .
#   docker run --env-file .env nexus api
#
# What goes in is written in .dockerignore, name by name.

FROM python:3.12-slim AS build
WORKDIR /build
COPY requirements/runtime.txt .
# Wheels alone: nothing is compiled, so nothing that compiles has to be here.
RUN python -m venv --without-pip /opt/nexus \
    && python -m pip --python /opt/nexus/bin/python install --no-cache-dir --disable-pip-version-check \
       --require-hashes --only-binary :all: --no-deps -r runtime.txt
COPY nexus /app/nexus
COPY migrations /app/migrations
# The tree is read-only where it runs, so the bytecode is made here.
RUN /opt/nexus/bin/python -m compileall -q /app /opt/nexus/lib

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin nexus
COPY --from=build /opt/nexus /opt/nexus
COPY --from=build /app /app
ENV NEXUS_ENVIRONMENT=production \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /app
EXPOSE 8000
ENTRYPOINT ["/opt/nexus/bin/python", "-m", "nexus.cli"]
CMD ["api"]
