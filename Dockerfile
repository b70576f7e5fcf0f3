# The program as an image: built and run on Debian 12, as a plain user, with nothing of the build left.
# One image for all three roles: PORTAL_ROLE among its settings (conf/env.example) says which.
#
#   docker build -t portal .
#   docker run --env-file env portal ./portal migrate        # before the first start and after updates
#   docker run --env-file env -p 8080:8080 portal
#   docker run --env-file env-pics -v pictures:/var/lib/portal -p 8082:8080 portal

FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      kore gcc make dpkg-dev libc6-dev libssl-dev libpq-dev libcurl4-openssl-dev libjansson-dev \
      libcjose-dev libgmp-dev libjpeg62-turbo-dev libturbojpeg0-dev libpng-dev libgif-dev libwebp-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src/portal
COPY Makefile ./
COPY conf conf
COPY assets assets
COPY templates templates
COPY src src
RUN make build FLAVOR=prod && strip build/prod/portal/portal

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates curl libssl3 libpq5 libcurl4 libjansson4 libcjose0 libgmp10 \
      libjpeg62-turbo libturbojpeg0 libpng16-16 libgif7 libwebp7 libwebpmux3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid portal --no-create-home --home-dir /srv/portal \
      --shell /usr/sbin/nologin portal
WORKDIR /srv/portal
COPY --from=build /src/portal/build/prod/portal/portal ./portal
COPY conf conf
COPY migrations migrations
# The one place to write to besides /tmp, for the role pics with PICS_DIR=/var/lib/portal/pics: mount a
# volume here. No VOLUME, as the other roles need none and each start would make one that nobody finds.
RUN install -d -o 10001 -g 10001 -m 0750 /var/lib/portal
# By number, so that Kubernetes sees that it is not root.
USER 10001:10001
# The proxy in front is outside of the container, so both listen on every address in it; publish
# 8080 only. Kore writes its configuration and the process id to /tmp, so that must be writable.
ENV PUBLIC_BIND=0.0.0.0:8080 INTERNAL_BIND=0.0.0.0:9090 RUN_DIR=/tmp
EXPOSE 8080 9090
HEALTHCHECK --interval=15s --timeout=3s --start-period=5s \
  CMD curl -fsS http://127.0.0.1:9090/healthz || exit 1
STOPSIGNAL SIGTERM
CMD ["./portal", "-fnr"]
