#include "account/api_token.h"

#include <stdio.h>
#include <string.h>

const char *const api_scope_words[API_SCOPE__MAX] = {
	[API_SCOPE_TXT] = "txt",
	[API_SCOPE_PICS] = "pics",
};

const char *const api_term_words[API_TERM__MAX] = {
	[API_TERM_MONTH] = "30d",
	[API_TERM_QUARTER] = "90d",
	[API_TERM_YEAR] = "1y",
	[API_TERM_EVER] = "never",
};

int
api_term_days(enum api_term term)
{
	static const int days[API_TERM__MAX] = {
		[API_TERM_MONTH] = 30, [API_TERM_QUARTER] = 90, [API_TERM_YEAR] = 365
	};

	return days[term];
}

void
api_token_new(char text[API_TOKEN_SIZE])
{
	char digits[RANDOM_TOKEN_SIZE];

	random_token(digits);
	snprintf(text, API_TOKEN_SIZE, API_TOKEN_PREFIX "%s", digits);
}

bool
api_token_hash(const char *text, unsigned char hash[DIGEST_BYTES])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const size_t prefix = sizeof(API_TOKEN_PREFIX) - 1;

	if (strlen(text) != API_TOKEN_SIZE - 1 || strncmp(text, API_TOKEN_PREFIX, prefix) != 0 ||
	    strspn(text + prefix, digits) != RANDOM_TOKEN_SIZE - 1)
		return false;
	digest_sha256(hash, text, API_TOKEN_SIZE - 1);
	return true;
}

/* ---- The form ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *
trimmed(struct arena *a, const char *text)
{
	size_t len;

	while (is_blank(*text))
		text++;
	len = strlen(text);
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	return arena_strndup(a, text, len);
}

static size_t
count_characters(const char *utf8)
{
	size_t n = 0;

	for (; *utf8 != '\0'; utf8++)
		n += (*utf8 & 0xc0) != 0x80;
	return n;
}

static const char *
label_error(const char *label)
{
	if (*label == '\0')
		return "Give it a name, such as the program that will use it.";
	if (count_characters(label) > API_TOKEN_LABEL_MAX)
		return "A name has 60 characters at most.";
	for (; *label != '\0'; label++)
		if ((unsigned char)*label < 0x20 || *label == 0x7f)
			return "A name is one line of text.";
	return NULL;
}

static bool
read_term(const char *word, enum api_term *term)
{
	for (int i = 0; i < API_TERM__MAX; i++) {
		if (word != NULL && strcmp(word, api_term_words[i]) == 0) {
			*term = (enum api_term)i;
			return true;
		}
	}
	return false;
}

bool
api_token_form_check(struct api_token_form *form, struct arena *a)
{
	form->label = trimmed(a, form->label != NULL ? form->label : "");
	form->label_error = label_error(form->label);
	form->scopes_error = form->may[API_SCOPE_TXT] || form->may[API_SCOPE_PICS]
				 ? NULL
				 : "Choose at least one thing that it may do.";
	form->term_error =
	    read_term(form->term, &form->chosen) ? NULL : "Choose how long it is good.";
	return form->label_error == NULL && form->scopes_error == NULL && form->term_error == NULL;
}
