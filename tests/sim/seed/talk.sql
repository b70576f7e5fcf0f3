-- Messages for every channel that is there: 400 lines each over the last 40 days, of which one in
-- eight is a join or a quit (no text), and a private conversation on each network. Nobody wrote
-- them; the same each time.

INSERT INTO "MessageTarget" (network, target)
  SELECT network, lower(name) FROM "Channel" ORDER BY id;
INSERT INTO "MessageTarget" (network, target) SELECT id, 'bob' FROM "Network" ORDER BY id;

INSERT INTO "Message" (target, raw, time, sender, text)
  SELECT t.id,
    CASE WHEN n % 8 = 0 THEN ':dora!d@example.org JOIN ' || t.target
      ELSE ':' || who || '!u@example.org PRIVMSG ' || t.target || ' :' || words END,
    now() - interval '1 hour' - (400 - n) * interval '144 minutes',
    CASE WHEN n % 8 = 0 THEN 'dora' ELSE who END,
    CASE WHEN n % 8 = 0 THEN NULL ELSE words END
  FROM generate_series(1, 400) n
    CROSS JOIN "MessageTarget" t
    CROSS JOIN LATERAL (SELECT
      (ARRAY['alice', 'bob', 'carol', 'dora', 'erin'])[1 + (n + t.id) % 5] AS who,
      (ARRAY['good morning', 'has anybody tried the new release?', 'works here',
        'see the topic', 'thanks, that was it', 'I will look at it tonight',
        'the mirror is slow again'])[1 + (n * 3 + t.id) % 7] AS words) said
  ORDER BY n, t.id;
ANALYZE "Message";
