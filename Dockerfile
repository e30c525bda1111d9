# syntax=docker/dockerfile:1
# Build: docker build -t clusterset-dns:0.1.0 .
# Run:   docker run --rm --read-only -p 5353:5353/udp -p 5353:5353/tcp \
#          -v "$PWD/Corefile:/etc/clusterset-dns/Corefile:ro" clusterset-dns:0.1.0

FROM node:26-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --loglevel=error
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

# The base image has Node, so the node-linux-* packages are not installed.
FROM node:26-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --loglevel=error

FROM node:26-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY deploy/demo deploy/demo
COPY deploy/crds deploy/crds
COPY --from=packages /app/node_modules node_modules
COPY --from=build /src/dist dist
# `kubectl exec` runs the command by its name.
ENV PATH=/app/dist:$PATH
RUN chmod +x dist/cli.js && ln -s cli.js dist/clusterset-dns
USER 65532:65532
EXPOSE 5353/udp 5353/tcp
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["-conf", "/etc/clusterset-dns/Corefile"]
