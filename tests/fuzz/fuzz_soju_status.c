/* What a soju prints, its lines of IRC, and our words as its splitter gives them back. */
#include "base/utf8.h"
#include "bouncer/network.h"
#include "clients/irc_line.h"
#include "clients/soju_admin.h"
#include "fuzz/fuzz.h"

#define LINES_MAX 64

static void
check_status(struct arena *a, const struct soju_status *s)
{
	must(*s->name != '\0' && *s->address != '\0' && strchr(s->address, ' ') == NULL);
	must(utf8_is_valid(s->name, strlen(s->name)));
	must(s->link < SOJU_LINK__MAX && s->channels >= -1);
	must(s->link == SOJU_LINK_CONNECTED || (s->nick == NULL && s->channels == -1));
	must(s->link == SOJU_LINK_DISCONNECTED || s->error == NULL);
	must(s->nick == NULL || utf8_is_valid(s->nick, strlen(s->nick)));
	must(utf8_is_valid(
	    soju_admin_plain_error(a, s->error), strlen(soju_admin_plain_error(a, s->error))));
	must(strlen(soju_admin_plain_error(a, s->error)) < 300);
}

static void
try_status(struct arena *a, char *text)
{
	const char *lines[LINES_MAX];
	struct soju_status_list list;
	size_t i, n = 0;
	char *line;

	for (line = strtok(text, "\n"); line != NULL && n < LINES_MAX; line = strtok(NULL, "\n"))
		lines[n++] = line;
	if (soju_admin_read_status(&list, a, lines, n) == ERR_OK)
		must(list.n <= n);
	for (i = 0; i < list.n; i++)
		check_status(a, &list.v[i]);
}

static void
try_line(char *line)
{
	struct irc_line l;
	size_t i;

	if (!irc_line_read(&l, line))
		return;
	must(*l.command != '\0' && l.n <= IRC_LINE_WORDS_MAX);
	for (i = 0; i + 1 < l.n; i++)
		must(*l.words[i] != '\0' && *l.words[i] != ':' && strchr(l.words[i], ' ') == NULL);
}

/* soju's splitting, as its manual tells it: the next word into `word`; what follows it. */
static const char *
split(char *word, const char *at)
{
	char quote = '\0';

	for (; *at != '\0' && (quote != '\0' || *at != ' '); at++) {
		if (*at == '\\')
			*word++ = *++at;
		else if (quote == '\0' && (*at == '"' || *at == '\''))
			quote = *at;
		else if (*at == quote)
			quote = '\0';
		else
			*word++ = *at;
	}
	*word = '\0';
	must(quote == '\0');
	return *at == ' ' ? at + 1 : at;
}

static void
try_command(const char *text)
{
	const char *words[4] = { text, "", text, NULL }, *at;
	struct strbuf line = { 0 };
	char *word = xmalloc(strlen(text) + 1);
	size_t i;

	if (soju_admin_command(&line, words) == ERR_OK) {
		must(line.len <= SOJU_COMMAND_MAX && strpbrk(strbuf_text(&line), "\r\n") == NULL);
		at = strbuf_text(&line);
		for (i = 0; i < 3; i++) {
			at = split(word, at);
			must(strcmp(word, words[i]) == 0);
		}
		must(*at == '\0');
	} else {
		must(line.len == 0);
	}
	strbuf_free(&line);
	free(word);
}

static void
try_address(struct arena *a, const char *text)
{
	struct network_form f = { text, text, text, text, text, text, text, text, text, true };
	struct network_problems p;

	network_form_check(&f, &p, a, false);
	if (p.address == NULL) {
		must(strncmp(f.address, "ircs://", 7) == 0 ||
		     strncmp(f.address, "irc+insecure://", 15) == 0);
		must(strpbrk(f.address, " \r\n\t\"\\/@") == strchr(f.address, '/'));
	}
	if (p.name == NULL)
		must(*f.name != '\0' && *f.name != '-' && strlen(f.name) <= NETWORK_NAME_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena a = { 0 };
	char *text = fuzz_text(bytes, len);

	try_command(text);
	try_address(&a, text);
	soju_admin_plain_error(&a, text);
	try_status(&a, text);
	free(text);
	text = fuzz_text(bytes, len);
	try_line(text);
	free(text);
	arena_free(&a);
	return 0;
}
