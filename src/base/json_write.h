/* JSON for programs: texts escaped, so that nothing in them ends the text or the answer. */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json_read.h"
#include "base/strbuf.h"

/* A text in quotes; NULL is null. In a text that is not UTF-8 every byte above 0x7F is U+FFFD. */
void json_write_text(struct strbuf *, const char *);
/*
 * A member of an object, with "{" before the first and "," before every other one:
 *
 *	json_write_member(out, "sub", sub);
 *	json_write_member_bool(out, "is_banned", false);
 *	strbuf_puts(out, "}\n");
 *
 * Names come from the code. The buffer is empty before the first member of all.
 */
void json_write_member(struct strbuf *, const char *name, const char *text);
void json_write_member_int(struct strbuf *, const char *name, int64_t);
void json_write_member_bool(struct strbuf *, const char *name, bool);
/* The name alone: whoever asks writes the value. */
void json_write_name(struct strbuf *, const char *name);
/* A value that was read: the same again, without blanks. Numbers that are no integers may differ in
 * their last digit. */
void json_write_value(struct strbuf *, const struct json *);

#endif
