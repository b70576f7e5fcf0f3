#include "txt/paste.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define MAX_AGE_S 60

const char *const paste_expiry_words[EXPIRY__MAX] = {
	[EXPIRY_NEVER] = "never",
	[EXPIRY_HOUR] = "1h",
	[EXPIRY_DAY] = "1d",
	[EXPIRY_WEEK] = "1w",
	[EXPIRY_MONTH] = "30d",
};
const char *const paste_expiry_labels[EXPIRY__MAX] = {
	[EXPIRY_NEVER] = "Never",
	[EXPIRY_HOUR] = "After an hour",
	[EXPIRY_DAY] = "After a day",
	[EXPIRY_WEEK] = "After a week",
	[EXPIRY_MONTH] = "After 30 days",
};
const int64_t paste_expiry_seconds[EXPIRY__MAX] = {
	[EXPIRY_HOUR] = 3600,
	[EXPIRY_DAY] = 86400,
	[EXPIRY_WEEK] = 7 * 86400,
	[EXPIRY_MONTH] = 30 * 86400,
};

/* ---- What is given as a word ---- */

/* The index of the word, which is `otherwise` if none was given; -1: it is not among them. */
static int
choose(const char *word, const char *const *words, int n, int otherwise)
{
	if (word == NULL || *word == '\0')
		return otherwise;
	for (int i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* "expires can be never, 1h, 1d, 1w or 30d." */
static const char *
choices(struct arena *a, const char *name, const char *const *words, int n)
{
	const char *text = arena_printf(a, "“%s” can be %s", name, words[0]);

	for (int i = 1; i < n; i++)
		text = arena_printf(a, "%s%s%s", text, i == n - 1 ? " or " : ", ", words[i]);
	return arena_printf(a, "%s.", text);
}

static int64_t
characters(const char *text)
{
	int64_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static enum content_outcome
check_words(
    struct paste_draft *d, const struct paste_input *in, struct arena *a, const char **sentence)
{
	const char *syntax =
	    in->syntax != NULL && strcmp(in->syntax, "auto") == 0 ? NULL : in->syntax;
	const char *name =
	    in->file_name != NULL && *in->file_name != '\0' ? in->file_name : in->title;
	const int found = choose(syntax, syntax_words, SYNTAX__MAX, SYNTAX__MAX);
	const int expiry = choose(in->expires, paste_expiry_words, EXPIRY__MAX, EXPIRY_NEVER);
	const int visibility =
	    choose(in->visibility, visibility_words, VISIBILITY__MAX, VISIBILITY_UNLISTED);

	if (found < 0)
		*sentence = choices(a, "syntax", syntax_words, SYNTAX__MAX);
	else if (expiry < 0)
		*sentence = choices(a, "expires", paste_expiry_words, EXPIRY__MAX);
	else if (visibility < 0)
		*sentence = choices(a, "visibility", visibility_words, VISIBILITY__MAX);
	else if (in->title != NULL && !utf8_is_valid(in->title, strlen(in->title)))
		*sentence = "The title is no text.";
	else if (in->title != NULL && characters(in->title) > PASTE_TITLE_MAX)
		*sentence =
		    arena_printf(a, "The title may have at most %d characters.", PASTE_TITLE_MAX);
	if (*sentence != NULL)
		return CONTENT_INVALID;
	d->syntax =
	    found == SYNTAX__MAX ? syntax_guess(name, in->body, in->len) : (enum syntax)found;
	d->expiry = (enum paste_expiry)expiry;
	d->visibility = (enum visibility)visibility;
	return CONTENT_STORED;
}

/* ---- The text ---- */

static enum content_outcome
check_text(const struct paste_input *in, int64_t max, struct arena *a, const char **sentence)
{
	if (in->len == 0) {
		*sentence = "There is no text to store: it is empty.";
		return CONTENT_EMPTY;
	}
	if ((int64_t)in->len > max) {
		*sentence = arena_printf(a,
		    "The text has %s bytes. A paste may have %s at most, so split it or share "
		    "a part of it.",
		    human_count(a, (int64_t)in->len), human_count(a, max));
		return CONTENT_TOO_LARGE;
	}
	if (memchr(in->body, '\0', in->len) != NULL || !utf8_is_valid(in->body, in->len)) {
		*sentence = "These bytes are no text: pastes are UTF-8. Convert the file, or "
			    "upload it as a picture if it is one.";
		return CONTENT_WRONG_KIND;
	}
	return CONTENT_STORED;
}

/* A last line counts whether it ends or not. */
static int64_t
count_lines(const char *text, size_t len)
{
	const char *end = text + len, *s = text;
	int64_t n = 0;

	for (; (s = memchr(s, '\n', (size_t)(end - s))) != NULL; s++)
		n++;
	return n + (end[-1] != '\n');
}

/* Without blanks around it; a line break cannot be typed, but be sent. */
static const char *
trimmed(struct arena *a, const char *title)
{
	size_t len;
	char *copy;

	if (title == NULL)
		return "";
	title += strspn(title, " \t\r\n");
	len = strlen(title);
	while (len > 0 && strchr(" \t\r\n", title[len - 1]) != NULL)
		len--;
	copy = arena_strndup(a, title, len);
	for (char *c = copy; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20)
			*c = ' ';
	return copy;
}

enum content_outcome
paste_draft_init(struct paste_draft *d, const struct paste_input *in, int64_t max, struct arena *a,
    const char **sentence)
{
	enum content_outcome o;

	*sentence = NULL;
	o = check_words(d, in, a, sentence);
	if (o == CONTENT_STORED)
		o = check_text(in, max, a, sentence);
	if (o != CONTENT_STORED)
		return o;
	content_id_new(d->public_id);
	d->title = trimmed(a, in->title);
	d->body = arena_strndup(a, in->body, in->len);
	d->len = in->len;
	d->lines = count_lines(d->body, d->len);
	return CONTENT_STORED;
}

const char *
paste_quota_sentence(struct arena *a, int64_t bytes, int64_t used, int64_t allowed)
{
	return arena_printf(a,
	    "Your plan has room for %s, of which %s are used; this text needs %s more. "
	    "Delete pastes that you no longer need, or choose a larger plan.",
	    human_bytes(a, allowed), human_bytes(a, used), human_bytes(a, bytes));
}

int
paste_outcome_status(enum content_outcome o)
{
	switch (o) {
	case CONTENT_STORED:
		return 201;
	case CONTENT_TOO_LARGE:
	case CONTENT_OVER_QUOTA:
		return 413;
	case CONTENT_WRONG_KIND: /* of another type than text */
		return 415;
	default:
		return 400;
	}
}

/* ---- What there is ---- */

const char *
paste_title(const struct paste *p)
{
	return *p->title != '\0' ? p->title : "Untitled";
}

const char *
paste_file_name(const struct paste *p, struct arena *a)
{
	char *name = arena_strdup(a, *p->title != '\0' ? p->title : p->public_id);
	size_t n = 0;

	for (const char *c = name; *c != '\0' && n < 80; c++)
		if (isalnum((unsigned char)*c) || strchr("-_.", *c) != NULL)
			name[n++] = *c;
		else if (n > 0 && name[n - 1] != '-')
			name[n++] = '-';
	while (n > 0 && name[n - 1] == '-')
		n--;
	name[n] = '\0';
	while (*name == '.' || *name == '-')
		name++;
	if (*name == '\0')
		name = p->public_id;
	return strchr(name, '.') != NULL ? name : arena_printf(a, "%s.txt", name);
}

int64_t
paste_max_age(const struct paste *p, int64_t now)
{
	const int64_t left = p->expires_at - now;

	if (p->expires_at == 0 || left > MAX_AGE_S)
		return MAX_AGE_S;
	return left > 0 ? left : 0;
}
