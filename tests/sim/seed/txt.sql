-- What alice has pasted: logs, diffs and code, so that lists and colours have something to show.
-- :'issuer' is the provider's address. Repeats itself exactly, seen from today.

INSERT INTO users (keycloak_sub, issuer, email, email_verified, name, plan, last_login_at)
  VALUES ('alice', :'issuer', 'alice@example.org', true, 'Alice Example', 'pro', now() - interval '3 hours')
  ON CONFLICT (keycloak_sub) DO NOTHING;

CREATE TEMP TABLE sample (n int, public_id text, title text, syntax text, visibility text,
  age interval, lasts interval, views bigint, body text);

INSERT INTO sample VALUES
(1, 'gardeningLog1', 'Frost in #gardening', 'irc', 'public', '2 hours', NULL, 41,
$$[18:02:11] <alice> the tomatoes are planted
[18:03:40] <bob> too early, there will be frost
[18:04:02] <alice> see you tomorrow then
[18:04:09] *** alice (alice@203.0.113.7) has quit (Connection closed)
[03:40:55] <carol> minus two here, cover them!
[03:41:20] <dave> ours are under fleece since yesterday
[06:15:32] <bob> covered yours as well
[08:01:17] *** alice (alice@203.0.113.7) has joined #gardening
[08:01:44] <alice> bob: thank you! breakfast is on me
[08:02:10] * bob grins
$$),
(2, 'backtraceInC1', 'strbuf.c: the part that grows', 'c', 'unlisted', '1 day', NULL, 12,
$$#include <stdlib.h>
#include <string.h>

struct strbuf {
	char *s;
	size_t len, size;
};

/* Doubles until it fits; the caller never sees NULL. */
static void
grow(struct strbuf *b, size_t more)
{
	size_t size = b->size != 0 ? b->size : 64;

	while (size < b->len + more + 1)
		size *= 2;
	b->s = realloc(b->s, size);
	if (b->s == NULL)
		abort();
	b->size = size;
}
$$),
(3, 'fixTheTimeout', 'Patch: wait a little longer', 'diff', 'unlisted', '3 days', NULL, 7,
$$diff --git a/src/client.c b/src/client.c
index 3f1c2aa..9be4d10 100644
--- a/src/client.c
+++ b/src/client.c
@@ -41,7 +41,8 @@ client_connect(struct client *c)
 	if (c->fd == -1)
 		return false;
-	c->timeout_ms = 1000;
+	/* Satellite links take longer than one second. */
+	c->timeout_ms = 5000;
 	return true;
 }
 
$$),
(4, 'weeklyReport1', 'report.py', 'python', 'private', '5 days', NULL, 0,
$$"""Who talked how much in a channel, from its log."""
import collections
import re
import sys

LINE = re.compile(r'^\[\d\d:\d\d:\d\d\] <([^>]+)> (.*)$')


def count(lines):
    talk = collections.Counter()
    for line in lines:
        match = LINE.match(line)
        if match:
            talk[match[1]] += len(match[2].split())
    return talk


if __name__ == '__main__':
    for nick, words in count(sys.stdin).most_common(10):
        print(f'{words:6} {nick}')
$$),
(5, 'nginxSnippet1', 'nginx for the bouncer', 'ini', 'unlisted', '8 days', NULL, 23,
$$; what the socket listens to
[bouncer]
listen = irc+insecure://127.0.0.1:6667
hostname = irc.example.org
title = A bouncer of our own

[db]
driver = postgres
max-connections = 8
$$),
(6, 'invitesAsJson', 'invites.json', 'json', 'unlisted', '9 days', NULL, 3,
$${
  "channel": "#gardening",
  "invited": ["bob", "carol", "dave"],
  "until": "2026-12-24T18:00:00Z",
  "seats": 12,
  "is_public": false,
  "notes": null
}
$$),
(7, 'backupScript1', 'backup.sh', 'sh', 'unlisted', '12 days', NULL, 9,
$$#!/bin/sh
# Keeps the last seven copies.
set -eu

target=/srv/backup/$(date +%F)
mkdir -p "$target"
for database in accounts txt pics; do
  pg_dump --format=custom "$database" >"$target/$database.dump"
done
find /srv/backup -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -r {} +
echo "done: $target"
$$),
(8, 'queryForStats', 'Signups by month', 'sql', 'unlisted', '15 days', NULL, 5,
$$-- Complete months only
SELECT date_trunc('month', created_at)::date AS month, count(*) AS signups
FROM users
WHERE created_at < date_trunc('month', now()) AND NOT is_test
GROUP BY 1
ORDER BY 1 DESC
LIMIT 12;
$$),
(9, 'packingForTrip', '', 'text', 'private', '20 days', NULL, 0,
$$tent, two mats, the small stove
charger and the long cable
seeds for Carol (basil, two kinds of beans)
the book that Bob lent me in spring
$$),
(10, 'weLcomeToTheCh', 'Welcome to the channel', 'markdown', 'public', '21 days', NULL, 132,
$$# Welcome to #gardening

We talk about plants, soil and weather. A few habits that help:

- Long texts go into a paste, not into the channel.
- Ask your question; somebody will read it tonight.
- `/msg chanserv help` knows the rest.

> Patience is the best fertilizer.
$$),
(11, 'soonGone12345', 'Meeting tonight', 'text', 'unlisted', '20 minutes', '1 hour', 4,
$$We meet at seven behind the greenhouse. Bring a torch.
$$);

UPDATE sample SET public_id = translate(substr(public_id || 'xxxxxxxxxxxxx', 1, 13), '0OIl', '9oiL');

WITH made AS (
  INSERT INTO pastes (public_id, user_id, title, syntax, visibility, bytes, lines, views,
      created_at, expires_at)
    SELECT s.public_id, u.id, s.title, s.syntax, s.visibility, octet_length(s.body),
      length(s.body) - length(replace(s.body, E'\n', '')), s.views, now() - s.age,
      now() - s.age + s.lasts
    FROM sample s, users u WHERE u.keycloak_sub = 'alice'
    RETURNING id, public_id)
INSERT INTO paste_bodies (paste_id, body)
  SELECT m.id, s.body FROM made m JOIN sample s USING (public_id);

INSERT INTO usage (user_id, count, bytes)
  SELECT user_id, count(*), sum(bytes) FROM pastes GROUP BY user_id
  ON CONFLICT (user_id) DO UPDATE SET count = excluded.count, bytes = excluded.bytes;

INSERT INTO content_days (day, kind, visibility, outcome, count, bytes, process_us)
  SELECT (created_at AT TIME ZONE 'UTC')::date, syntax, visibility, 'stored', count(*), sum(bytes), 0
  FROM pastes GROUP BY 1, 2, 3;
