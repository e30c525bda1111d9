# Build: docker build -t clusterset-dns:0.1.0 .
# Run:   docker run --rm --read-only -p 5353:5353/udp -p 5353:5353/tcp \
#          -v "$PWD/Corefile:/etc/clusterset-dns/Corefile:ro" clusterset-dns:0.1.0
#
# Bases by digest, so that the same commit gives the same image. docs/releasing.md says how to find newer ones.
ARG NODE_IMAGE=node:26.10.0-slim@sha256:ec7758ee051e457b468b32bde57b0879010b325bb9862718e9615225ce4aaae1
# Node, glibc and certificates: no shell, no package manager.
ARG BASE_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot@sha256:afc6657a4b662f9cb69ca892b0596e55d6ef81a10e83ee8887b13f602877df89

# All that is built and installed is JavaScript, so it is made on the machine that builds, for each architecture.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
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
# `kubectl exec` runs the command by its name. The final image has no /usr/bin/env.
RUN sed -i '1s|.*|#!/nodejs/bin/node|' dist/cli.js && ln -s cli.js dist/clusterset-dns

# The base image has Node, so the node-linux-* packages are not installed.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --loglevel=error

FROM ${BASE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY Corefile.example ./
COPY deploy/demo deploy/demo
COPY deploy/crds deploy/crds
COPY --from=packages /app/node_modules node_modules
COPY --from=build /src/dist dist
ENV PATH=/app/dist:/nodejs/bin:$PATH
USER 65532:65532
EXPOSE 5353/udp 5353/tcp
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/cli.js"]
CMD ["-conf", "/etc/clusterset-dns/Corefile"]
