-- Alice's bouncer for work: one network in use, one switched off.

INSERT INTO "User" (username, nick, realname, created_at, downstream_interacted_at) VALUES
  ('alice-work', 'alice-work', 'Alice', now() - interval '9 days', now() - interval '1 day');

INSERT INTO "Network" (name, "user", addr, nick, enabled) VALUES
  ('Libera.Chat', 1, 'ircs://irc.libera.chat:6697', 'alice-work', true),
  ('Company', 1, 'irc+insecure://irc.example.org:6667', 'alice', false);

INSERT INTO "Channel" (network, name) VALUES
  (1, '#postgresql'), (1, '#kubernetes'), (2, '#office');

\ir talk.sql
