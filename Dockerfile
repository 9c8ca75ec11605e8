# Two images from one file: `engine` (the Temporal server) and `app` (everything else, one binary).
FROM golang:1.26-bookworm AS build-engine
WORKDIR /src/engine
COPY engine/go.mod engine/go.sum ./
RUN go mod download
COPY engine/ ./
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/countersign-engine .

FROM node:20-bookworm AS build-web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM golang:1.26-bookworm AS build-app
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=build-web /src/web/dist web/dist
ARG VERSION=container
RUN CGO_ENABLED=0 go build -tags ui -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/countersign ./cmd/countersign

FROM debian:bookworm-slim AS base
RUN useradd --system --uid 10001 --home-dir /var/lib/countersign countersign

FROM base AS engine
RUN mkdir -p /var/lib/engine && chown countersign /var/lib/engine
COPY --from=build-engine /out/countersign-engine /usr/local/bin/countersign-engine
USER countersign
ENTRYPOINT ["countersign-engine"]

FROM base AS app
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /var/lib/countersign && chown countersign /var/lib/countersign
COPY --from=build-app /out/countersign /usr/local/bin/countersign
USER countersign
ENTRYPOINT ["countersign"]
