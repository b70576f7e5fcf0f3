-- What soju 0.10 adds to soju_schema_17.sql.

ALTER TABLE "MessageTarget" ADD COLUMN blocked boolean NOT NULL DEFAULT false;
UPDATE "Config" SET version = 18;
