/* See money.h. */
#include "base/money.h"

#include <stddef.h>
#include <strings.h>

#include "base/escape.h"

static const char *const no_places[] = { "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA",
	"PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF" };
static const char *const three_places[] = { "BHD", "JOD", "KWD", "OMR", "TND" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int
money_places(const char *currency)
{
	size_t i;

	for (i = 0; i < COUNT(no_places); i++)
		if (strcasecmp(currency, no_places[i]) == 0)
			return 0;
	for (i = 0; i < COUNT(three_places); i++)
		if (strcasecmp(currency, three_places[i]) == 0)
			return 3;
	return 2;
}

const char *
money_number(char text[NUMBER_SIZE], int64_t minor, const char *currency)
{
	return number_fixed(text, minor, money_places(currency));
}

void
money_add(struct strbuf *out, int64_t minor, const char *currency)
{
	char text[NUMBER_SIZE], code[8];
	size_t i;

	strbuf_puts(out, money_number(text, minor, currency));
	for (i = 0; i + 1 < sizeof(code) && currency[i] != '\0'; i++) {
		code[i] = currency[i];
		if (code[i] >= 'a' && code[i] <= 'z')
			code[i] = (char)(code[i] - 'a' + 'A');
	}
	code[i] = '\0';
	strbuf_putc(out, ' ');
	escape_html(out, code);
}
