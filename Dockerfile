# The exporter: one static binary, no shell, no root, nothing to write but /data.
#
#   docker build -t helpdesk-exporter .
#
# The target tools has a shell beside it, for the one-off services of docker-compose.yml.
FROM --platform=$BUILDPLATFORM golang:1.26.8 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH
# .git is not part of the build's context: versions are handed in.
ARG VERSION=unknown REVISION=unknown
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH make build VERSION="$VERSION" REVISION="$REVISION"
# A new volume takes over the owner and the mode of the folder that it covers.
RUN install -d -m 0700 /folders/data && install -d -m 0750 /folders/secrets && install -d -m 0775 /folders/backfill

FROM busybox:1.37.0 AS tools
COPY --from=build /src/bin/helpdesk-exporter /bin/helpdesk-exporter
COPY --from=build --chown=65532:65532 /folders/ /
USER 65532:65532
ENTRYPOINT ["/bin/sh", "-ec"]

# scratch rather than a distroless image: zones are in the binary, so that all it
# would add is the certificates, and it has no tags to pin but moving ones.
FROM scratch AS exporter
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/bin/helpdesk-exporter /bin/helpdesk-exporter
COPY --from=build --chown=65532:65532 /folders/ /
USER 65532:65532
EXPOSE 9841 9842
VOLUME /data
ENTRYPOINT ["/bin/helpdesk-exporter"]
CMD ["serve", "--config.file=/etc/helpdesk-exporter/helpdesk-exporter.yml", "--journal.dir=/data"]
