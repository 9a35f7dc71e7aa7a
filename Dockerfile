# Build: docker build -t loa .      Run: docker run --rm -p 8080:8080 -v loa:/var/lib/loa loa
# Nothing but the volume is written to: --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges go well with it.
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY scripts scripts
RUN python3 scripts/fetch_onnxruntime.py
COPY Cargo.toml Cargo.lock config.toml ./
COPY benches benches
COPY loadtest loadtest
COPY migrations migrations
COPY models models
COPY src src
COPY templates templates
COPY web web
COPY docs/protocol.md docs/protocol.md
COPY extension/adapters.json extension/adapters.json
# Stripped of line tables it is a quarter of the size.
RUN cargo build --release --locked --package loa && strip --strip-debug target/release/loa

FROM debian:bookworm-slim
# Certificates: for language models and databases that are asked over TLS.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin loa \
    && install --directory --owner=loa --group=loa --mode=700 /var/lib/loa
COPY --from=build /src/.loa/onnxruntime/libonnxruntime.so /usr/local/lib/libonnxruntime.so
COPY --from=build /src/models/*.onnx /src/models/SHA256SUMS /src/models/LICENSE-mediapipe /opt/loa/models/
COPY --from=build /src/target/release/loa /usr/local/bin/loa
COPY config.toml /opt/loa/config.toml
# By number, so that Kubernetes sees that it is not root.
USER 10001:10001
WORKDIR /opt/loa
# Inside a container only the outside can decide who reaches it.
ENV LOA_SERVER_BIND=0.0.0.0:8080
# What is kept: mount a volume here, or it goes with the container.
ENV LOA_DATABASE_PATH=/var/lib/loa/loa.sqlite3 LOA_AUTH_KEY_FILE=/var/lib/loa/loa.key
VOLUME /var/lib/loa
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["loa", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["loa"]
CMD ["serve"]
