#include "base/json_write.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

static void
write_byte(struct strbuf *b, unsigned char c, bool is_utf8)
{
	if (c == '"' || c == '\\')
		strbuf_printf(b, "\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		strbuf_printf(b, "\\u%04x", c);
	else if (c > 0x7f && !is_utf8)
		strbuf_puts(b, "\\ufffd");
	else
		strbuf_putc(b, (char)c);
}

void
json_write_text(struct strbuf *b, const char *text)
{
	bool is_utf8;

	if (text == NULL) {
		strbuf_puts(b, "null");
		return;
	}
	is_utf8 = utf8_is_valid(text, strlen(text));
	strbuf_putc(b, '"');
	for (; *text != '\0'; text++)
		write_byte(b, (unsigned char)*text, is_utf8);
	strbuf_putc(b, '"');
}

void
json_write_name(struct strbuf *b, const char *name)
{
	strbuf_printf(b, "%c\"%s\":", b->len == 0 ? '{' : ',', name);
}

void
json_write_member(struct strbuf *b, const char *name, const char *text)
{
	json_write_name(b, name);
	json_write_text(b, text);
}

void
json_write_member_int(struct strbuf *b, const char *name, int64_t value)
{
	json_write_name(b, name);
	strbuf_printf(b, "%" PRId64, value);
}

void
json_write_member_bool(struct strbuf *b, const char *name, bool value)
{
	json_write_name(b, name);
	strbuf_puts(b, value ? "true" : "false");
}

static void
write_items(struct strbuf *b, const struct json *json)
{
	for (size_t i = 0; i < json->n; i++) {
		if (i > 0)
			strbuf_putc(b, ',');
		if (json->kind == JSON_KIND_OBJECT) {
			json_write_text(b, json->items[i].name);
			strbuf_putc(b, ':');
		}
		json_write_value(b, &json->items[i]);
	}
}

void
json_write_value(struct strbuf *b, const struct json *json)
{
	switch (json->kind) {
	case JSON_KIND_NULL:
		strbuf_puts(b, "null");
		break;
	case JSON_KIND_BOOL:
		strbuf_puts(b, json->integer != 0 ? "true" : "false");
		break;
	case JSON_KIND_INT:
		strbuf_printf(b, "%" PRId64, json->integer);
		break;
	case JSON_KIND_REAL:
		strbuf_printf(b, "%.17g", json->real);
		break;
	case JSON_KIND_TEXT:
		json_write_text(b, json->text);
		break;
	case JSON_KIND_ARRAY:
	case JSON_KIND_OBJECT:
		strbuf_putc(b, json->kind == JSON_KIND_ARRAY ? '[' : '{');
		write_items(b, json);
		strbuf_putc(b, json->kind == JSON_KIND_ARRAY ? ']' : '}');
		break;
	}
}
