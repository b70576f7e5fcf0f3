/* Source: RFC 9110, 12.4.2 and 12.5.1. */
#include "metrics/metrics_accept.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* A piece of the header, without the blanks around it. */
struct part {
	const char *s;
	size_t len;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct part
trimmed(const char *s, size_t len)
{
	while (len > 0 && is_blank(*s)) {
		s++;
		len--;
	}
	while (len > 0 && is_blank(s[len - 1]))
		len--;
	return (struct part){ s, len };
}

static bool
is_text(struct part p, const char *text)
{
	return p.len == strlen(text) && strncasecmp(p.s, text, p.len) == 0;
}

/* The next piece before `end` (a comma or a semicolon outside of quotes); *at moves behind it. */
static bool
next_part(struct part *p, const char **at, char end)
{
	const char *from = *at, *s = from;
	bool is_quoted = false;

	if (from == NULL)
		return false;
	for (; *s != '\0' && (is_quoted || *s != end); s++) {
		if (is_quoted && *s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '"')
			is_quoted = !is_quoted;
	}
	*p = trimmed(from, (size_t)(s - from));
	*at = *s == '\0' ? NULL : s + 1;
	return true;
}

/* "0.5" in thousandths; below 0: it is none. */
static int
read_weight(struct part p)
{
	int weight;

	if (p.len == 0 || p.len > 5 || (p.s[0] != '0' && p.s[0] != '1') ||
	    (p.len > 1 && p.s[1] != '.'))
		return -1;
	weight = (p.s[0] - '0') * 1000;
	for (size_t i = 2, worth = 100; i < p.len; i++, worth /= 10) {
		if (p.s[i] < '0' || p.s[i] > '9')
			return -1;
		weight += (p.s[i] - '0') * (int)worth;
	}
	return weight <= 1000 ? weight : -1;
}

struct range {
	struct part type, version;
	int weight;
};

static void
read_parameter(struct range *r, struct part p)
{
	const char *equals = memchr(p.s, '=', p.len);
	struct part name, value;

	if (equals == NULL)
		return;
	name = trimmed(p.s, (size_t)(equals - p.s));
	value = trimmed(equals + 1, p.len - (size_t)(equals + 1 - p.s));
	if (value.len >= 2 && value.s[0] == '"' && value.s[value.len - 1] == '"')
		value = (struct part){ value.s + 1, value.len - 2 };
	if (is_text(name, "q"))
		r->weight = read_weight(value);
	if (is_text(name, "version"))
		r->version = value;
}

/* "text/plain;version=0.0.4;q=0.3"; a weight that is none makes the whole range none. */
static struct range
read_range(const char *s, size_t len)
{
	struct range r = { .weight = 1000 };
	char text[256];
	const char *at = text;
	struct part p;

	if (len >= sizeof(text))
		return (struct range){ .weight = -1 };
	memcpy(text, s, len);
	text[len] = '\0';
	next_part(&p, &at, ';');
	r.type = (struct part){ s + (p.s - text), p.len };
	while (next_part(&p, &at, ';')) {
		p.s = s + (p.s - text);
		read_parameter(&r, p);
	}
	return r;
}

/* How closely the range names plain text of our version; below 0: not at all. */
static int
nearness_to_text(const struct range *r)
{
	if (is_text(r->type, "text/plain"))
		return r->version.len == 0 ? 2 : is_text(r->version, "0.0.4") ? 3 : -1;
	if (is_text(r->type, "text/*"))
		return 1;
	return is_text(r->type, "*/*") ? 0 : -1;
}

static bool
is_open(const struct range *r)
{
	return is_text(r->type, "application/openmetrics-text") &&
	       (r->version.len == 0 || is_text(r->version, "1.0.0"));
}

enum metrics_format
metrics_accept(const char *header)
{
	int open = 0, plain = 0, nearest = -1;
	struct part p;

	while (next_part(&p, &header, ',')) {
		const struct range r = read_range(p.s, p.len);
		const int nearness = nearness_to_text(&r);

		if (r.weight < 0)
			continue;
		if (is_open(&r) && r.weight > open)
			open = r.weight;
		if (nearness > nearest || (nearness == nearest && r.weight > plain)) {
			nearest = nearness;
			plain = nearness >= 0 ? r.weight : plain;
		}
	}
	return open > 0 && open >= plain ? METRICS_OPEN : METRICS_PROMETHEUS;
}
