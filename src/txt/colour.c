#include "txt/colour.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "txt/colour_lines.h"
#include "txt/colour_rules.h"
#include "txt/colour_write.h"

#define WORD_MAX 40	 /* longer words are not looked up */
#define SHORT_MAX 12	 /* of a string that must be short */
#define SIGIL_MAX 64	 /* of a variable */
#define KEY_BLANKS_MAX 8 /* between a name and its colon */

/* Where the reading stands. Everything before `plain` is written. */
struct reader {
	struct strbuf *out;
	const struct colour_rules *rules;
	const char *s, *end, *plain;
	char before;	      /* the last character that was no blank; '\n' at the begin */
	const char *no_regex; /* up to here none can close */
};

static bool
begins(const struct reader *r, const char *what)
{
	const size_t n = strlen(what);

	return (size_t)(r->end - r->s) >= n && memcmp(r->s, what, n) == 0;
}

static bool
is_word(const struct reader *r, char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80 ||
	       (c != '\0' && r->rules->in_words != NULL && strchr(r->rules->in_words, c) != NULL);
}

static void
flush_plain(struct reader *r)
{
	colour_write(r->out, COLOUR_NONE, r->plain, (size_t)(r->s - r->plain));
}

/* What stands from here up to `end` has the colour. */
static void
take(struct reader *r, enum colour colour, const char *end)
{
	flush_plain(r);
	colour_write(r->out, colour, r->s, (size_t)(end - r->s));
	r->before = end[-1];
	r->s = r->plain = end;
}

static const char *
line_end(const char *s, const char *end)
{
	const char *found = memchr(s, '\n', (size_t)(end - s));

	return found != NULL ? found : end;
}

/* One character, or an escape, and what closes it. */
static const char *
short_limit(const char *s, const char *end)
{
	ptrdiff_t n = 2;

	if (s < end && *s == '\\')
		n = SHORT_MAX;
	else
		while (n < end - s && ((unsigned char)s[n - 1] & 0xc0) == 0x80)
			n++;
	return end - s > n ? s + n : end;
}

/* Where the pair that opens here ends; NULL: it is none. */
static const char *
pair_end(const struct reader *r, const struct colour_pair *p)
{
	const char *s = r->s + strlen(p->open), *limit = r->end;
	const size_t n = p->close != NULL ? strlen(p->close) : 0;

	if (p->close == NULL)
		return line_end(s, r->end);
	if (p->is_short)
		limit = short_limit(s, r->end);
	for (; s < limit; s++) {
		if (*s == '\\' && !p->has_no_escapes && s + 1 < limit && s[1] != '\n')
			s++;
		else if (*s == '\n' && !p->is_over_lines)
			break;
		else if (*s == *p->close && (size_t)(r->end - s) >= n &&
			 memcmp(s, p->close, n) == 0)
			return s + n;
	}
	return p->is_short ? NULL : s;
}

/* "#" inside of a word is no comment, nor is it in $#. */
static bool
may_comment(const struct reader *r, const struct colour_pair *p, const char *begin)
{
	return p->open[0] != '#' || r->s == begin || isspace((unsigned char)r->s[-1]) ||
	       strchr(";(){}[],", r->s[-1]) != NULL;
}

/* Before a colon stands a name, of a member or a setting. */
static bool
is_key(const struct reader *r, const char *s)
{
	const char *limit = r->end - s > KEY_BLANKS_MAX ? s + KEY_BLANKS_MAX : r->end;

	if (!r->rules->has_keys)
		return false;
	while (s < limit && (*s == ' ' || *s == '\t'))
		s++;
	return s < limit && *s == ':' && !(s + 1 < r->end && s[1] == ':');
}

static bool
take_pair(struct reader *r, const struct colour_pair *pairs, enum colour colour, const char *begin)
{
	for (size_t i = 0; i < COLOUR_PAIRS && pairs[i].open != NULL; i++) {
		const char *end;

		if (!begins(r, pairs[i].open) || !may_comment(r, &pairs[i], begin))
			continue;
		end = pair_end(r, &pairs[i]);
		if (end == NULL)
			continue;
		take(r, colour == COLOUR_STRING && is_key(r, end) ? COLOUR_NAME : colour, end);
		return true;
	}
	return false;
}

static bool
is_among(const char *const *words, size_t n, const char *word)
{
	size_t low = 0, high = n;

	while (low < high) {
		const size_t mid = (low + high) / 2;
		const int order = strcmp(word, words[mid]);

		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

static enum colour
word_colour(const struct reader *r, const char *s, size_t len)
{
	char word[WORD_MAX + 1];

	if (len > WORD_MAX)
		return COLOUR_NONE;
	for (size_t i = 0; i < len; i++)
		word[i] = r->rules->ignores_case ? (char)tolower((unsigned char)s[i]) : s[i];
	word[len] = '\0';
	if (is_among(r->rules->keywords, r->rules->nkeywords, word))
		return COLOUR_KEYWORD;
	return is_among(r->rules->types, r->rules->ntypes, word) ? COLOUR_TYPE : COLOUR_NONE;
}

static void
take_word(struct reader *r)
{
	const char *end = r->s;
	enum colour colour;

	while (end < r->end && is_word(r, *end))
		end++;
	if (isdigit((unsigned char)*r->s))
		while (end < r->end && (is_word(r, *end) || *end == '.'))
			end++;
	colour = isdigit((unsigned char)*r->s) ? COLOUR_NUMBER
		 : is_key(r, end)	       ? COLOUR_NAME
					       : word_colour(r, r->s, (size_t)(end - r->s));
	if (colour != COLOUR_NONE) {
		take(r, colour, end);
	} else {
		r->before = end[-1];
		r->s = end;
	}
}

/* $name, ${name}, @name, #[name]: a sign and what it belongs to. */
static bool
take_signed(struct reader *r, enum colour colour)
{
	const char *s = r->s + 1, *limit = r->end - s > SIGIL_MAX ? s + SIGIL_MAX : r->end;
	const char close = s < limit && *s == '{' ? '}' : s < limit && *s == '[' ? ']' : '\0';

	if (close != '\0')
		while (s < limit && *s != close && *s != '\n')
			s++;
	while (close == '\0' && s < limit && (isalnum((unsigned char)*s) || *s == '_'))
		s++;
	if (close != '\0' && s < limit && *s == close)
		s++;
	if (s == r->s + 1)
		return false;
	take(r, colour, s);
	return true;
}

static bool
take_preprocessor(struct reader *r, const char *begin)
{
	const char *s = r->s + 1;

	if (*r->s != '#' || (r->s != begin && r->before != '\n'))
		return false;
	while (s < r->end && (*s == ' ' || *s == '\t'))
		s++;
	while (s < r->end && isalpha((unsigned char)*s))
		s++;
	take(r, COLOUR_META, s);
	return true;
}

/* A slash where a value may stand; one that the line does not close is an operator. */
static bool
take_regex(struct reader *r)
{
	const char *s = r->s + 1;

	if (*r->s != '/' || r->s < r->no_regex || strchr("(,=:[!&|?{};\n~", r->before) == NULL)
		return false;
	for (; s < r->end && *s != '\n' && *s != '/'; s++)
		if (*s == '\\' && s + 1 < r->end && s[1] != '\n')
			s++;
	if (s >= r->end || *s == '\n') {
		r->no_regex = s;
		return false;
	}
	for (s++; s < r->end && isalpha((unsigned char)*s);)
		s++;
	take(r, COLOUR_STRING, s);
	return true;
}

static bool
take_sign(struct reader *r, const char *begin)
{
	const struct colour_rules *rules = r->rules;
	const char c = *r->s;

	if (rules->has_preprocessor && take_preprocessor(r, begin))
		return true;
	if (rules->has_regex && take_regex(r))
		return true;
	if (rules->sigils != NULL && strchr(rules->sigils, c) != NULL)
		return take_signed(r, COLOUR_TYPE);
	return rules->meta != '\0' && c == rules->meta && take_signed(r, COLOUR_META);
}

static void
skip(struct reader *r)
{
	if (*r->s == '\n' || !isspace((unsigned char)*r->s))
		r->before = *r->s;
	r->s++;
}

static void
read_code(struct reader *r)
{
	const char *begin = r->s;

	while (r->s < r->end) {
		if (isspace((unsigned char)*r->s))
			skip(r);
		else if (take_pair(r, r->rules->comments, COLOUR_COMMENT, begin) ||
			 take_pair(r, r->rules->strings, COLOUR_STRING, begin))
			continue;
		else if (is_word(r, *r->s) && strchr("-./%", *r->s) == NULL)
			take_word(r);
		else if (!take_sign(r, begin))
			skip(r);
	}
	flush_plain(r);
}

void
colour_html(struct strbuf *out, enum syntax syntax, const char *text, size_t len)
{
	const struct colour_rules *rules = &colour_rules[syntax];
	struct reader r = { .out = out,
		.rules = rules,
		.s = text,
		.end = text + len,
		.plain = text,
		.before = '\n',
		.no_regex = text };

	strbuf_reserve(out, len + len / 2);
	if (len > COLOUR_BYTES_MAX || rules->mode == COLOUR_PLAIN)
		colour_write(out, COLOUR_NONE, text, len);
	else if (rules->mode == COLOUR_CODE)
		read_code(&r);
	else
		colour_lines(out, rules->mode, text, len);
}
