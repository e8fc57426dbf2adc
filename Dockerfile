# The server as an image of one static program and the page: no shell, no libraries, no root.
#
#   docker build -t chanter-server .                    (podman and buildah: with --format docker, which keeps HEALTHCHECK)
#   docker build -t chanter-server --target server .    without the page: sooner built, smaller
#   docker run --read-only -p 8080:8080 chanter-server
#   docker run --read-only -p 8080:8080 -p 10200:10200 -e WYOMING_PORT=10200 chanter-server      also for Home Assistant
#
# Any image with rustup, a C compiler and make will do in its place.
ARG RUST=docker.io/library/rust:1-bookworm

FROM ${RUST} AS source
WORKDIR /chanter
COPY . .

FROM source AS program
ARG SOURCE_DATE_EPOCH
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/chanter/target \
    cargo xtask release --programs \
    && mkdir -p /out/voices && cp target/release-files/chanter-server /out/

FROM source AS page
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/chanter/target \
    cargo xtask www && cp -r target/www /out

FROM scratch AS server
COPY --from=program /out/chanter-server /chanter-server
# Whoever runs the server may write there, if voices are to be fetched over HTTP; nothing else is ever written.
COPY --from=program --chown=65532:65532 /out/voices /voices
USER 65532:65532
ENV HOST=0.0.0.0 PORT=8080 VOICES=/voices
VOLUME /voices
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["/chanter-server", "--probe"]
ENTRYPOINT ["/chanter-server"]

FROM server
COPY --from=page /out /www
ENV CHANTER_WWW=/www
