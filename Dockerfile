# The HTTP server. Build:  docker build -t harmonica-mcp .
# Run:  docker run --read-only --cap-drop ALL -p 127.0.0.1:8000:8000 harmonica-mcp --allowed-host mcp.example.org
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
# Which extras to install, see pyproject.toml.
ARG EXTRAS=redis,metrics,otel
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY harmonica_mcp harmonica_mcp
# Compiled here, for the file system may be read-only where it runs; nobody changes the sources there,
# so they are not compared.
RUN python -m venv /opt/harmonica-mcp \
 && /opt/harmonica-mcp/bin/pip install --no-cache-dir --no-compile ".[${EXTRAS}]" \
 && /opt/harmonica-mcp/bin/pip uninstall --yes pip \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/harmonica-mcp/lib

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="harmonica-mcp" \
      org.opencontainers.image.description="MCP server for Harmonica group deliberations" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.url="https://harmonica.chat" \
      io.modelcontextprotocol.server.name="io.github.harmonicabot/harmonica-mcp-python"
COPY --from=build /opt/harmonica-mcp /opt/harmonica-mcp
ENV PATH=/opt/harmonica-mcp/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A user without a name, a home or a password.
USER 65532:65532
WORKDIR /
EXPOSE 8000
STOPSIGNAL SIGTERM
# Not with urllib, which would ask a proxy that the environment names.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["harmonica-mcp", "serve", "--transport", "http", "--host", "0.0.0.0", "--port", "8000"]
