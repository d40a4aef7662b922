# One image with every program of Muster; docker-compose.yml says which one a container runs.

FROM golang:1.26.8-alpine3.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Static programs that carry the time zones with them: HR's dates are read in people's zones.
ENV CGO_ENABLED=0
RUN mkdir /out && go build -trimpath -buildvcs=false -tags timetzdata -ldflags="-s -w" -o /out/ ./worker ./starter ./setup ./musterctl

FROM alpine:3.22.1
RUN apk add --no-cache ca-certificates && adduser -D -H -u 10001 muster && install -d -o 10001 -g 10001 -m 0700 /var/lib/muster/archive
COPY --from=build /out/ /usr/local/bin/
USER 10001:10001
# The starter's port and the worker's port for health and metrics.
EXPOSE 8080 8081
CMD ["starter"]
