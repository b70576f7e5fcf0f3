-- A role for the portal in soju's database: it reads what the dashboard shows and nothing else.
-- Passwords of networks, SASL secrets, channel keys, connect commands, password hashes and
-- addresses of clients stay out of its reach, and it can write nothing.
--
-- Run it as the owner of soju's tables, once for each soju database, and again after an upgrade of
-- soju that made tables anew; running it twice does no harm:
--
--	psql "$SOJU_OWNER_URL" -v ON_ERROR_STOP=1 -v role=portal_reader -f conf/soju_grants.sql
--
-- The role itself is made beforehand, once for each server, with a password of your own:
--
--	CREATE ROLE portal_reader LOGIN PASSWORD '…' CONNECTION LIMIT 20;
--
-- Then SOJU_DATABASE_URL is, with one database for each bouncer named after it,
--
--	postgresql://portal_reader:…@db.example.org/{bouncer}?sslmode=verify-full
--
-- or, with one database for all, the same with its name in place of {bouncer}.
--
-- Columns are those of soju 0.6 to 0.10 and of the schema versions up to 20 (the portal refuses
-- newer ones until it knows them).

\if :{?role}
\else
\set role portal_reader
\endif

BEGIN;

-- Whatever an earlier grant gave is taken back first, so that this file is the whole truth.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"role";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM :"role";
REVOKE CREATE ON SCHEMA public FROM :"role";
GRANT USAGE ON SCHEMA public TO :"role";

-- The version of the schema.
GRANT SELECT (id, version) ON "Config" TO :"role";
-- Which account in soju belongs to the bouncer, and when a client was last there.
GRANT SELECT (id, username, enabled, created_at, downstream_interacted_at) ON "User" TO :"role";
-- Its networks, without pass, connect_commands, sasl_* and certfp.
GRANT SELECT (id, name, "user", addr, enabled) ON "Network" TO :"role";
-- Its channels, without key.
GRANT SELECT (id, name, network, detached) ON "Channel" TO :"role";
-- Counting messages: whether there is a text, for which "text IS NOT NULL" needs the right to read
-- the column. The portal never asks for its content; what people wrote is not shown anywhere.
GRANT SELECT (id, network) ON "MessageTarget" TO :"role";
GRANT SELECT (id, target, text) ON "Message" TO :"role";
-- Whether soju ever kept a message in the database at all.
GRANT SELECT ON SEQUENCE "Message_id_seq" TO :"role";
-- Which devices sign in with a certificate, where soju knows of any: what they are called and when
-- they were last used, without fingerprints and addresses.
SET LOCAL portal.reader TO :"role";
DO $$ BEGIN IF to_regclass('"DeviceCertificate"') IS NOT NULL THEN EXECUTE
format('GRANT SELECT (id, "user", label, last_used) ON "DeviceCertificate" TO %I',
current_setting('portal.reader')); END IF; END $$;

COMMIT;
