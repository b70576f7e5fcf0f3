/*
 * Posted bodies of several parts. The input is a byte that decides how the body is cut, a line with
 * its Content-Type, and the body. However it is cut the same parts come out of it; written again,
 * they read the same.
 */
#include "base/form_multipart.h"
#include "base/multipart.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"

/* What was called back, and the same parts written as a body. */
struct told {
	struct strbuf calls, body;
	const char *boundary;
	size_t ndata, nparts;
	bool is_open;
	bool is_form; /* no files and nothing but texts */
	size_t at;    /* of the part's first byte in `body` */
};

static void
add_name(struct strbuf *b, const char *parameter, const char *name)
{
	strbuf_printf(b, ";%s=\"", parameter);
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\r' || *name == '\n')
			strbuf_printf(b, "%%%02X", (unsigned)*name);
		else
			strbuf_putc(b, *name);
	}
	strbuf_putc(b, '"');
}

static enum err
tell_begin(void *arg, const struct multipart_part *part)
{
	struct told *t = arg;

	must(!t->is_open);
	t->is_open = true;
	must(*part->name != '\0' && strlen(part->name) <= MULTIPART_NAME_BYTES_MAX);
	must(utf8_is_valid(part->name, strlen(part->name)));
	must(++t->nparts <= MULTIPART_PARTS_MAX);
	strbuf_printf(&t->calls, "\nbegin %s|%s|%s|", part->name,
	    part->filename != NULL ? part->filename : "-", part->type);
	strbuf_printf(&t->body, "%s--%s\r\ncontent-disposition:form-data",
	    t->nparts > 1 ? "\r\n" : "", t->boundary);
	add_name(&t->body, "name", part->name);
	if (part->filename != NULL) {
		must(utf8_is_valid(part->filename, strlen(part->filename)));
		add_name(&t->body, "filename", part->filename);
		t->is_form = false;
	}
	if (*part->type != '\0')
		strbuf_printf(&t->body, "\r\ncontent-type:%s", part->type);
	strbuf_puts(&t->body, "\r\n\r\n");
	t->at = t->body.len;
	return ERR_OK;
}

static enum err
tell_data(void *arg, const char *bytes, size_t len)
{
	struct told *t = arg;

	must(t->is_open && len > 0);
	t->ndata += len;
	strbuf_add(&t->calls, bytes, len);
	strbuf_add(&t->body, bytes, len);
	return ERR_OK;
}

static enum err
tell_end(void *arg)
{
	struct told *t = arg;
	const char *data = strbuf_text(&t->body) + t->at;
	size_t len = t->body.len - t->at;

	must(t->is_open);
	t->is_open = false;
	strbuf_puts(&t->calls, "\nend");
	if (memchr(data, '\0', len) != NULL || !utf8_is_valid(data, len))
		t->is_form = false;
	return ERR_OK;
}

/* As long as the generator's last number says, if it is not 0: else all at once. */
static size_t
next_piece(unsigned *state, size_t left)
{
	size_t n = left;

	if (*state != 0) {
		*state ^= *state << 13;
		*state ^= *state >> 17;
		*state ^= *state << 5;
		n = *state % 4 == 0 ? *state / 4 % 64 : *state / 4 % 4; /* 0 as well */
	}
	return n < left ? n : left;
}

/* Each piece stands in a block of its own. */
static enum err
read_body(struct told *t, struct arena *a, const char *type, const char *body, size_t len,
    unsigned cuts, const char **sentence)
{
	static const struct multipart_handler handler = { tell_begin, tell_data, tell_end };
	struct multipart *m;
	enum err e = multipart_new(&m, a, type, &handler, t);

	for (size_t at = 0, n; e == ERR_OK && at < len; at += n) {
		char *block;

		n = next_piece(&cuts, len - at);
		block = xmalloc(n);
		memcpy(block, body + at, n);
		e = multipart_feed(m, block, n);
		free(block);
	}
	must(e == ERR_OK || multipart_feed(m, "x", 1) == e);
	if (e == ERR_OK)
		e = multipart_end(m);
	must(e == ERR_OK || e == ERR_INVALID || e == ERR_TOO_LARGE);
	must((e == ERR_OK) == (multipart_sentence(m) == NULL));
	must(e != ERR_OK || !t->is_open);
	must(t->ndata <= len);
	*sentence = multipart_sentence(m);
	return e;
}

static struct told
new_told(const char *boundary)
{
	return (struct told){ .boundary = boundary, .is_form = true };
}

static void
free_told(struct told *t)
{
	strbuf_free(&t->calls);
	strbuf_free(&t->body);
}

static void
must_be_the_same(const struct told *t, const struct told *u)
{
	must(t->calls.len == u->calls.len);
	must(memcmp(strbuf_text(&t->calls), strbuf_text(&u->calls), t->calls.len) == 0);
}

static void
must_read_the_same(struct told *t, struct arena *a, const char *type)
{
	struct told again = new_told(t->boundary);
	const char *sentence;

	strbuf_printf(&t->body, "%s--%s--", t->nparts > 0 ? "\r\n" : "", t->boundary);
	must(
	    read_body(&again, a, type, strbuf_text(&t->body), t->body.len, 0, &sentence) == ERR_OK);
	must_be_the_same(t, &again);
	free_told(&again);
}

/* A form of texts is what it should be, and nothing else is. */
static void
must_be_that_form(const struct told *t, struct arena *a, enum err e, const char *type,
    const char *body, size_t len)
{
	struct form_data d = { 0 };
	const char *sentence = NULL;
	enum err f = form_multipart_parse(&d, a, type, body, len, &sentence);

	must((f == ERR_OK) == (e == ERR_OK && t->is_form));
	must(d.n == (f == ERR_OK ? t->nparts : 0));
	must((f == ERR_OK) == (sentence == NULL));
	for (size_t i = 0; i < d.n; i++)
		must(utf8_is_valid(d.fields[i].value, strlen(d.fields[i].value)));
}

static void
try_body(const char *type, const char *body, size_t len, unsigned cuts)
{
	char boundary[MULTIPART_BOUNDARY_MAX + 1];
	const char *sentence = NULL, *other;
	struct arena a = { 0 };
	struct told t, u;
	enum err e;

	if (multipart_head_boundary(boundary, type, &sentence) == ERR_OK)
		must(*boundary != '\0');
	t = new_told(boundary), u = new_told(boundary);
	e = read_body(&t, &a, type, body, len, 0, &sentence);
	must(read_body(&u, &a, type, body, len, cuts, &other) == e);
	must(other == sentence || strcmp(other, sentence) == 0);
	must_be_the_same(&t, &u);
	must_be_that_form(&t, &a, e, type, body, len);
	if (e == ERR_OK)
		must_read_the_same(&t, &a, type);
	free_told(&t);
	free_told(&u);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const uint8_t *end = len > 0 ? memchr(bytes + 1, '\n', len - 1) : NULL;
	char *type;

	if (end == NULL)
		return 0;
	type = fuzz_text(bytes + 1, (size_t)(end - bytes) - 1);
	try_body(type, (const char *)end + 1, (size_t)(bytes + len - end) - 1, 1 + bytes[0]);
	free(type);
	return 0;
}
