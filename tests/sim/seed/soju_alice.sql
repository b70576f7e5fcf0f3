-- Alice's bouncer: two networks, ordinary channels and one whose name means harm, some weeks of talk.

INSERT INTO "User" (username, nick, realname, created_at, downstream_interacted_at) VALUES
  ('alice', 'alice', 'Alice', now() - interval '42 days', now() - interval '3 hours');

INSERT INTO "Network" (name, "user", addr, nick, sasl_mechanism, sasl_plain_username,
  sasl_plain_password) VALUES
  ('Libera.Chat', 1, 'ircs://irc.libera.chat:6697', 'alice', 'PLAIN', 'alice', 'not-for-the-portal'),
  (NULL, 1, 'ircs://irc.oftc.net:6697', 'alice_', NULL, NULL, NULL);

INSERT INTO "Channel" (network, name, detached) VALUES
  (1, '#debian', false), (1, '#linux', false), (1, '#soju', false), (1, '##c', true),
  (1, '#<img src=x onerror=alert(1)>' || chr(3) || '04red' || chr(8238) || 'gpj', false),
  (2, '#debian-next', false), (2, '#oftc', true);

\ir talk.sql
