#include "source/source_answer.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_read.h"
#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The bytes of the UTF-8 character that starts here; 0 if none does. */
static size_t
character_bytes(const char *s)
{
	size_t len;

	for (len = 1; len <= 4; len++) {
		if (utf8_is_valid(s, len))
			return len;
		if (s[len] == '\0')
			break;
	}
	return 0;
}

static size_t
write_character(struct strbuf *out, const char *s)
{
	size_t len = character_bytes(s);

	if (len == 0)
		strbuf_puts(out, REPLACEMENT);
	else if (*s == '"' || *s == '\\')
		strbuf_printf(out, "\\%c", *s);
	else if ((unsigned char)*s < 0x20)
		strbuf_printf(out, "\\u%04x", (unsigned)*s);
	else
		strbuf_add(out, s, len);
	return len > 0 ? len : 1;
}

static void
write_text(struct strbuf *out, const char *s)
{
	strbuf_putc(out, '"');
	while (*s != '\0')
		s += write_character(out, s);
	strbuf_putc(out, '"');
}

static void
write_text_or_null(struct strbuf *out, const char *s)
{
	if (s != NULL)
		write_text(out, s);
	else
		strbuf_puts(out, "null");
}

static const char *
bool_word(bool is_true)
{
	return is_true ? "true" : "false";
}

static void
write_channels(struct strbuf *out, const struct soju_network *n, bool is_detached)
{
	const char *comma = "";
	size_t i;

	strbuf_putc(out, '[');
	for (i = 0; i < n->nchannels; i++) {
		if (n->channels[i].is_detached != is_detached)
			continue;
		strbuf_puts(out, comma);
		write_text(out, n->channels[i].name);
		comma = ",";
	}
	strbuf_putc(out, ']');
}

/* Only where something is left: most answers are short, and pages read them at every view. */
static void
write_left(struct strbuf *out, const char *name, int64_t left)
{
	if (left > 0)
		strbuf_printf(out, ",\"%s\":%" PRId64, name, left);
}

static void
write_network(struct strbuf *out, const struct soju_network *n)
{
	strbuf_puts(out, "{\"name\":");
	write_text(out, n->name);
	strbuf_puts(out, ",\"address\":");
	write_text(out, n->address);
	strbuf_printf(out, ",\"enabled\":%s,\"channels\":", bool_word(n->is_enabled));
	write_channels(out, n, false);
	strbuf_puts(out, ",\"detached\":");
	write_channels(out, n, true);
	write_left(out, "channels_left", n->channels_left);
	strbuf_putc(out, '}');
}

static bool
shorten_channels(struct soju_answer *a)
{
	bool is_shorter = false;

	for (size_t i = 0; i < a->nnetworks; i++) {
		struct soju_network *n = &a->networks[i];
		const size_t kept = n->nchannels / 2;

		is_shorter |= kept < n->nchannels;
		n->channels_left += (int64_t)(n->nchannels - kept);
		n->nchannels = kept;
	}
	return is_shorter;
}

bool
source_answer_shorten_soju(struct soju_answer *a)
{
	const size_t kept = a->nnetworks / 2;

	if (shorten_channels(a))
		return true;
	if (a->nnetworks == 0)
		return false;
	for (size_t i = kept; i < a->nnetworks; i++)
		a->channels_left += a->networks[i].channels_left;
	a->networks_left += (int64_t)(a->nnetworks - kept);
	a->nnetworks = kept;
	return true;
}

/* Absent where soju does not tell. */
static void
write_devices(struct strbuf *out, const struct soju_answer *a)
{
	if (!a->tells_devices)
		return;
	strbuf_puts(out, ",\"devices\":[");
	for (size_t i = 0; i < a->ndevices; i++) {
		strbuf_puts(out, i > 0 ? ",{\"label\":" : "{\"label\":");
		write_text(out, a->devices[i].label);
		strbuf_printf(out, ",\"used_at\":%" PRId64 "}", a->devices[i].used_at);
	}
	strbuf_putc(out, ']');
}

void
source_answer_write_soju(struct strbuf *out, const struct soju_answer *a)
{
	size_t i;

	strbuf_printf(out, "{\"messages\":%" PRId64 ",\"counting\":%s,\"networks\":[", a->messages,
	    bool_word(a->is_counting));
	for (i = 0; i < a->nnetworks; i++) {
		if (i > 0)
			strbuf_putc(out, ',');
		write_network(out, &a->networks[i]);
	}
	strbuf_putc(out, ']');
	write_left(out, "networks_left", a->networks_left);
	write_left(out, "channels_left", a->channels_left);
	write_devices(out, a);
	strbuf_putc(out, '}');
}

void
source_answer_write_kube(struct strbuf *out, const struct kube_answer *a)
{
	strbuf_printf(out,
	    "{\"phase\":\"%s\",\"running_since\":%" PRId64 ",\"restarts\":%" PRId64
	    ",\"last_ended_at\":%" PRId64 ",\"reason\":",
	    kube_phase_words[a->phase], a->running_since, a->restarts, a->last_ended_at);
	write_text_or_null(out, a->reason);
	strbuf_putc(out, '}');
}

void
source_answer_write_usage(struct strbuf *out, const struct usage_answer *a)
{
	strbuf_printf(out, "{\"count\":%" PRId64 ",\"storage_bytes\":%" PRId64 "}", a->count,
	    a->storage_bytes);
}

/* Puts the texts of an array where `c` points; false if it holds anything else. */
static bool
read_channels(struct soju_channel *c, const struct json *names, bool is_detached)
{
	size_t i;

	for (i = 0; i < names->n; i++) {
		if (names->items[i].kind != JSON_KIND_TEXT)
			return false;
		c[i] = (struct soju_channel){ names->items[i].text, is_detached };
	}
	return true;
}

/* A number that was never written so small is not read either: no page shows "-3 pictures". */
static enum err
read_at_least(const struct json *o, const char *name, int64_t min, int64_t *n)
{
	if (json_read_int(o, name, n) != ERR_OK || *n < min)
		return ERR_INVALID;
	return ERR_OK;
}

/* Absent where nothing was left out, and in answers kept before lists were cut. */
static enum err
read_left(const struct json *o, const char *name, int64_t *left)
{
	*left = 0;
	return json_read_member(o, name) == NULL ? ERR_OK : read_at_least(o, name, 0, left);
}

static enum err
read_network(struct soju_network *n, struct arena *a, const struct json *from)
{
	const struct json *attached, *detached;

	if (json_read_text(from, "name", &n->name) != ERR_OK ||
	    json_read_text(from, "address", &n->address) != ERR_OK ||
	    json_read_bool(from, "enabled", &n->is_enabled) != ERR_OK ||
	    json_read_array(from, "channels", &attached) != ERR_OK ||
	    json_read_array(from, "detached", &detached) != ERR_OK ||
	    read_left(from, "channels_left", &n->channels_left) != ERR_OK)
		return ERR_INVALID;
	n->nchannels = attached->n + detached->n;
	n->channels = arena_array(a, n->nchannels, sizeof(*n->channels));
	if (!read_channels(n->channels, attached, false) ||
	    !read_channels(n->channels + attached->n, detached, true))
		return ERR_INVALID;
	return ERR_OK;
}

static enum err
read_networks(struct soju_answer *answer, struct arena *a, const struct json *from)
{
	enum err e = ERR_OK;
	size_t i;

	answer->nnetworks = from->n;
	answer->networks = arena_array(a, from->n, sizeof(*answer->networks));
	for (i = 0; i < from->n && e == ERR_OK; i++)
		e = read_network(&answer->networks[i], a, &from->items[i]);
	return e;
}

static enum err
read_devices(struct soju_answer *answer, struct arena *a, const struct json *root)
{
	const struct json *from;

	answer->tells_devices = json_read_member(root, "devices") != NULL;
	answer->ndevices = 0;
	if (!answer->tells_devices)
		return ERR_OK;
	if (json_read_array(root, "devices", &from) != ERR_OK)
		return ERR_INVALID;
	answer->devices = arena_array(a, from->n, sizeof(*answer->devices));
	for (; answer->ndevices < from->n; answer->ndevices++) {
		struct soju_device *d = &answer->devices[answer->ndevices];

		if (json_read_text(&from->items[answer->ndevices], "label", &d->label) != ERR_OK ||
		    read_at_least(&from->items[answer->ndevices], "used_at", 0, &d->used_at) !=
			ERR_OK)
			return ERR_INVALID;
	}
	return ERR_OK;
}

enum err
source_answer_read_soju(struct soju_answer *answer, struct arena *a, const char *json)
{
	const struct json *root, *networks;
	enum err e = json_read_parse(&root, a, json, strlen(json));

	if (e != ERR_OK)
		return e;
	if (read_at_least(root, "messages", -1, &answer->messages) != ERR_OK ||
	    json_read_bool(root, "counting", &answer->is_counting) != ERR_OK ||
	    json_read_array(root, "networks", &networks) != ERR_OK ||
	    read_left(root, "networks_left", &answer->networks_left) != ERR_OK ||
	    read_left(root, "channels_left", &answer->channels_left) != ERR_OK ||
	    read_devices(answer, a, root) != ERR_OK)
		return ERR_INVALID;
	return read_networks(answer, a, networks);
}

static enum err
read_phase(enum kube_phase *phase, const struct json *root)
{
	const char *word;
	int i;

	if (json_read_text(root, "phase", &word) != ERR_OK)
		return ERR_INVALID;
	for (i = 0; i < KUBE_PHASE__MAX; i++) {
		if (strcmp(word, kube_phase_words[i]) == 0) {
			*phase = i;
			return ERR_OK;
		}
	}
	return ERR_INVALID;
}

enum err
source_answer_read_kube(struct kube_answer *answer, struct arena *a, const char *json)
{
	const struct json *root;
	enum err e = json_read_parse(&root, a, json, strlen(json));

	if (e != ERR_OK)
		return e;
	answer->reason = NULL;
	if (read_phase(&answer->phase, root) != ERR_OK ||
	    json_read_int(root, "running_since", &answer->running_since) != ERR_OK ||
	    read_at_least(root, "restarts", 0, &answer->restarts) != ERR_OK ||
	    json_read_int(root, "last_ended_at", &answer->last_ended_at) != ERR_OK ||
	    json_read_text(root, "reason", &answer->reason) == ERR_INVALID)
		return ERR_INVALID;
	return ERR_OK;
}

enum err
source_answer_read_usage(struct usage_answer *answer, struct arena *a, const char *json)
{
	const struct json *root;
	enum err e = json_read_parse(&root, a, json, strlen(json));

	if (e != ERR_OK)
		return e;
	if (read_at_least(root, "count", 0, &answer->count) != ERR_OK ||
	    read_at_least(root, "storage_bytes", 0, &answer->storage_bytes) != ERR_OK)
		return ERR_INVALID;
	return ERR_OK;
}
