# The image of Sonde: the executable alone, compiled with no more permissions than it needs in a container.
# Checked by reading and by running its parts, not by building it: the machines that check this project have no Docker.
#
#     docker build -t sonde .
#     docker run -d -p 9999:9999 -v /proc:/host/proc:ro -v /sys:/host/sys:ro -v /:/host/root:ro,rslave sonde
#
# Configuration and plugins go to /etc/sonde, secrets to /run/secrets: the executable can read nothing else, and writes
# nothing, so that --read-only and --cap-drop=ALL go well with it. Another address is best set by its environment name,
# SONDE_WEB_LISTEN_ADDRESS, which the health check reads too.

# Compiles on the builder's own processor for whichever processor the image is meant.
FROM --platform=$BUILDPLATFORM denoland/deno:2.9.6 AS build
ARG TARGETARCH
WORKDIR /build
COPY . .
RUN case "$TARGETARCH" in \
      amd64) target=x86_64-unknown-linux-gnu ;; \
      arm64) target=aarch64-unknown-linux-gnu ;; \
      *) echo "Cannot build for \"$TARGETARCH\": Deno has amd64 and arm64" >&2; exit 1 ;; \
    esac; \
    deno task compile --flavour=container --target="$target" --output=/sonde

# glibc, CA certificates, and no shell.
FROM gcr.io/distroless/cc-debian12
COPY --from=build /sonde /usr/local/bin/sonde
ENV SONDE_PATH_PROCFS=/host/proc SONDE_PATH_SYSFS=/host/sys SONDE_PATH_ROOTFS=/host/root
USER 65534:65534
EXPOSE 9999
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/usr/local/bin/sonde", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/sonde"]
