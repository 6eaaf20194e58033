# syntax=docker/dockerfile:1
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY . .
# `npm ci` builds too (script `prepare`); what only the build and the tests need goes afterwards.
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production \
    SAMPLES=off \
    PORT=3000 \
    DATA_DIR=/var/lib/dataflow-lab/data \
    MODELS_DIR=/var/lib/dataflow-lab/models \
    WORKSPACE_DIR=/app/workspace
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/migrations ./dist/migrations
COPY --from=build /app/workspace ./workspace
RUN install -d -o node -g node /var/lib/dataflow-lab "$DATA_DIR" "$MODELS_DIR"
USER node
VOLUME /var/lib/dataflow-lab
EXPOSE 3000
# The first start makes the database; after that it takes a second.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]
