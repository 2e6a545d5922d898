# One image for all tasks; FUNCTION_TARGET picks one. It holds Node, our files and what the base brings: no shell, no package manager.
# Both bases are arguments, so that a registry mirror or a local substitute can stand in. BUILD_IMAGE needs node and npm, and the
# image gets its Node. RUNTIME_IMAGE needs a C library with libstdc++ and nothing else; `scratch` gets BUILD_IMAGE's own.
ARG BUILD_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12

FROM ${BUILD_IMAGE} AS source
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY tsconfig.json ./
COPY protos protos
COPY functions functions
COPY tools tools

# Simulators of the backends, and the documents for a Nacos of a development cluster: `make image-stack`.
FROM source AS stack
ENV HOME=/tmp
USER 65532:65532
ENTRYPOINT ["node", "tools/stack/stack-command.ts"]

FROM source AS build
ARG RUNTIME_IMAGE
RUN node tools/build/build-command.ts --out /app --image-root /image --base "${RUNTIME_IMAGE}"

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="bi-cron" \
      org.opencontainers.image.description="Scheduled shop-data synchronisation: one Knative function per task" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image /
WORKDIR /app
ENV NODE_ENV=production PATH=/usr/local/bin
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "--min-semi-space-size=16", "--use-openssl-ca", "/app/main.cjs"]
