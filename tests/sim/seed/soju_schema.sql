-- The tables of a soju database at version 18 (soju 0.10), as far as the portal and its rights touch
-- them; for sample data only. A real soju makes its own.

CREATE TABLE "Config" (
  id smallint PRIMARY KEY CHECK (id = 1),
  version integer NOT NULL
);
INSERT INTO "Config" VALUES (1, 18);

CREATE TYPE sasl_mechanism AS ENUM ('PLAIN', 'EXTERNAL');

CREATE TABLE "User" (
  id serial PRIMARY KEY,
  username varchar(255) NOT NULL UNIQUE,
  password varchar(255),
  admin boolean NOT NULL DEFAULT false,
  nick varchar(255),
  realname varchar(255),
  created_at timestamptz NOT NULL DEFAULT now(),
  enabled boolean NOT NULL DEFAULT true,
  downstream_interacted_at timestamptz,
  max_networks integer NOT NULL DEFAULT -1
);

CREATE TABLE "Network" (
  id serial PRIMARY KEY,
  name varchar(255),
  "user" integer NOT NULL REFERENCES "User" ON DELETE CASCADE,
  addr varchar(255) NOT NULL,
  nick varchar(255),
  username varchar(255),
  realname varchar(255),
  certfp text,
  pass varchar(255),
  connect_commands varchar(1023),
  sasl_mechanism sasl_mechanism,
  sasl_plain_username varchar(255),
  sasl_plain_password varchar(255),
  sasl_external_cert bytea,
  sasl_external_key bytea,
  auto_away boolean NOT NULL DEFAULT true,
  enabled boolean NOT NULL DEFAULT true,
  UNIQUE ("user", addr, nick),
  UNIQUE ("user", name)
);

CREATE TABLE "Channel" (
  id serial PRIMARY KEY,
  network integer NOT NULL REFERENCES "Network" ON DELETE CASCADE,
  name varchar(255) NOT NULL,
  key varchar(255),
  detached boolean NOT NULL DEFAULT false,
  detached_internal_msgid varchar(255),
  relay_detached integer NOT NULL DEFAULT 0,
  reattach_on integer NOT NULL DEFAULT 0,
  detach_after integer NOT NULL DEFAULT 0,
  detach_on integer NOT NULL DEFAULT 0,
  UNIQUE (network, name)
);

CREATE TABLE "MessageTarget" (
  id serial PRIMARY KEY,
  network integer NOT NULL REFERENCES "Network" ON DELETE CASCADE,
  target text NOT NULL,
  pinned boolean NOT NULL DEFAULT false,
  muted boolean NOT NULL DEFAULT false,
  blocked boolean NOT NULL DEFAULT false,
  UNIQUE (network, target)
);

CREATE TABLE "Message" (
  id serial PRIMARY KEY,
  target integer NOT NULL REFERENCES "MessageTarget" ON DELETE CASCADE,
  raw text NOT NULL,
  time timestamptz NOT NULL,
  sender text NOT NULL,
  text text,
  text_search tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED
);
CREATE INDEX "MessageIndex" ON "Message" (target, time);
CREATE INDEX "MessageSearchIndex" ON "Message" USING gin (text_search);
