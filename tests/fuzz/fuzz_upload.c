/*
 * Forms with files: every file is where the body holds it, byte for byte, or a few bytes that are
 * but begins of boundaries; texts are UTF-8, and reading twice finds the same.
 */
#define _GNU_SOURCE /* memmem */
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "pics/upload_form.h"

#define TYPE "multipart/form-data; boundary=b"
#define SCRAPS_MAX 128

static void
check_file(const struct upload_file *f, const char *body, size_t len)
{
	const char *bytes = (const char *)f->bytes;

	must(f->name != NULL && *f->name != '\0' && utf8_is_valid(f->name, strlen(f->name)));
	must(bytes != NULL);
	if (bytes >= body && bytes <= body + len)
		must(f->len <= (size_t)(body + len - bytes));
	else
		must(f->len <= SCRAPS_MAX);
	/* A file cannot hold its own end. */
	must(memmem(bytes, f->len, "\r\n--b", 5) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *body = (const char *)bytes, *sentence = NULL;
	struct arena a = { 0 };
	struct upload_form form, again;
	enum err e = upload_form_read(&form, &a, TYPE, body, len, &sentence);

	must(e == ERR_OK || (sentence != NULL && *sentence != '\0'));
	must(form.nfiles <= PICS_FILES_MAX);
	for (size_t i = 0; e == ERR_OK && i < form.nfiles; i++)
		check_file(&form.files[i], body, len);
	for (size_t i = 0; e == ERR_OK && i < form.fields.n; i++)
		must(utf8_is_valid(
		    form.fields.fields[i].value, strlen(form.fields.fields[i].value)));
	must(upload_form_read(&again, &a, TYPE, body, len, &sentence) == e);
	must(again.nfiles == form.nfiles && again.fields.n == form.fields.n);
	arena_free(&a);
	return 0;
}
