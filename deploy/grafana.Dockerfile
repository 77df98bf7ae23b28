# Grafana with the data source plugin, which is not signed and in no catalog.
#
#   docker build -f deploy/grafana.Dockerfile -t helpdesk-grafana .
FROM --platform=$BUILDPLATFORM node:20.20.2-slim AS frontend
WORKDIR /src/grafana-plugin
COPY grafana-plugin/package.json grafana-plugin/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY grafana-plugin/ ./
RUN npm run build

FROM --platform=$BUILDPLATFORM golang:1.26.8 AS backend
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    make plugin-backend PLUGIN_PLATFORMS="${TARGETOS:-linux}/${TARGETARCH:-$(go env GOARCH)}"

FROM grafana/grafana:12.2.0
# Not below /var/lib/grafana, which is a volume and would hide a newer plugin.
ENV GF_PATHS_PLUGINS=/opt/helpdesk/plugins \
    GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=helpdesk-transcripts-datasource \
    GF_PLUGINS_PREINSTALL_DISABLED=true
COPY --from=frontend /src/grafana-plugin/dist/ /opt/helpdesk/plugins/helpdesk-transcripts-datasource/
COPY --from=backend /src/grafana-plugin/dist/ /opt/helpdesk/plugins/helpdesk-transcripts-datasource/
USER 472
