# Build: docker build -t clusterset-dns:0.1.0 .
# Run:   docker run --rm --read-only -p 5353:5353/udp -p 5353:5353/tcp \
#          -v "$PWD/Corefile:/etc/clusterset-dns/Corefile:ro" clusterset-dns:0.1.0
#
# The base image by digest, so that the same commit always gives the same image:
#   docker buildx imagetools inspect node:26-slim       (prints the digest)
#   docker build --build-arg NODE_IMAGE=node:26-slim@sha256:... -t clusterset-dns:0.1.0 .
ARG NODE_IMAGE=node:26-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# The Node of the base image compiles, not the one that a package brings.
RUN npm ci --loglevel=error && rm -rf node_modules/node-linux-* node_modules/.bin/node
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY scripts/bundle.mjs scripts/bundle.mjs
COPY scripts/licenses.mjs scripts/licenses.mjs
COPY scripts/page.mjs scripts/page.mjs
RUN npm run build

# The base image has Node, so the node-linux-* packages are not installed.
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --loglevel=error

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY Corefile.example ./
COPY deploy/demo deploy/demo
COPY deploy/crds deploy/crds
COPY --from=packages /app/node_modules node_modules
COPY --from=build /src/dist dist
# `kubectl exec` runs the command by its name.
ENV PATH=/app/dist:$PATH
RUN chmod +x dist/cli.js && ln -s cli.js dist/clusterset-dns
# Nothing installs packages here.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/np[mx] /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
USER 65532:65532
EXPOSE 5353/udp 5353/tcp
# No core dumps: the memory holds tokens. prlimit becomes Node.
ENTRYPOINT ["prlimit", "--core=0:0", "node", "/app/dist/cli.js"]
CMD ["-conf", "/etc/clusterset-dns/Corefile"]
