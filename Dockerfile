# One image for all tasks; FUNCTION_TARGET picks one. Both bases are arguments, so that a registry mirror or a local
# substitute can stand in. BUILD_IMAGE needs node and npm, RUNTIME_IMAGE needs node on the PATH and nothing else, and both
# the same Node: the code cache is only taken by the V8 that wrote it.
ARG BUILD_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY tsconfig.json ./
COPY protos protos
COPY functions functions
COPY tools tools
RUN node tools/build/build-command.ts --out /app

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="bi-cron" \
      org.opencontainers.image.description="Scheduled shop-data synchronisation: one Knative function per task" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /app/main.cjs /app/app.js /app/app.cache /app/roots.pem /app/LICENSES.txt /app/
# The command line: what main.cjs runs when the container is given a command, and `bi-cron` for kubectl exec.
COPY --from=build /app/cli.cjs /app/LICENSES-cli.txt /app/
COPY --from=build /app/bi-cron /usr/local/bin/bi-cron
WORKDIR /app
ENV NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["node", "--min-semi-space-size=16", "--use-openssl-ca", "/app/main.cjs"]
