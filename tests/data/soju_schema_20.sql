-- What the versions after soju 0.10 add to soju_schema_18.sql.

CREATE TABLE "DeviceCertificate" (
  id serial PRIMARY KEY,
  "user" integer NOT NULL REFERENCES "User" ON DELETE CASCADE,
  label varchar(255) NOT NULL,
  fingerprint bytea NOT NULL UNIQUE,
  last_used timestamptz,
  last_ip text
);
UPDATE "Config" SET version = 20;
