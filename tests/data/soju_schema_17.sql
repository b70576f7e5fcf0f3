-- What soju 0.9 adds to soju_schema_14.sql.

ALTER TABLE "User" ADD COLUMN max_networks integer NOT NULL DEFAULT -1;
ALTER TABLE "MessageTarget" ADD COLUMN pinned boolean NOT NULL DEFAULT false;
ALTER TABLE "MessageTarget" ADD COLUMN muted boolean NOT NULL DEFAULT false;
CREATE INDEX "NetworkUserIndex" ON "Network" ("user");
CREATE INDEX "ChannelNetworkIndex" ON "Channel" (network);
CREATE INDEX "MessageTargetNetworkIndex" ON "MessageTarget" (network);
UPDATE "Config" SET version = 17;
