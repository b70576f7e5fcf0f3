/* HTML by hand: four small pages need no templates. */
#include "page.h"

#include "embedded.h"
#include "sim_settings.h"

static void
put_text(struct strbuf *out, const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		switch (*text) {
		case '&':
			strbuf_puts(out, "&amp;");
			break;
		case '<':
			strbuf_puts(out, "&lt;");
			break;
		case '>':
			strbuf_puts(out, "&gt;");
			break;
		case '"':
			strbuf_puts(out, "&quot;");
			break;
		case '\'':
			strbuf_puts(out, "&#39;");
			break;
		default:
			strbuf_putc(out, *text);
		}
	}
}

static void
put_open(struct strbuf *out, const char *title)
{
	strbuf_puts(out,
	    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	put_text(out, title);
	strbuf_puts(out, " (simulator)</title>\n<style>\n");
	strbuf_puts(out, embedded_page_css);
	strbuf_puts(out, "</style>\n</head>\n<body>\n<main>\n"
			 "<p class=\"simulator\">This is a simulator for demonstration and tests. "
			 "Nobody is asked for a password.</p>\n<div class=\"card\">\n<h1>");
	put_text(out, title);
	strbuf_puts(out, "</h1>\n");
}

static void
put_close(struct strbuf *out)
{
	strbuf_puts(out, "</div>\n</main>\n</body>\n</html>\n");
}

static void
put_hidden(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
	put_text(out, value);
	strbuf_puts(out, "\">\n");
}

static void
put_form(struct strbuf *out, const char *path)
{
	strbuf_printf(out, "<form method=\"post\" action=\"%s%s\">\n", sim_settings.issuer, path);
}

static void
put_account(struct strbuf *out, const json_t *account)
{
	const char *about = json_string_value(json_object_get(account, "about"));

	strbuf_puts(out, "<li><button class=\"account\" name=\"login\" value=\"");
	put_text(out, json_string_value(json_object_get(account, "sub")));
	strbuf_puts(out, "\"><strong>");
	put_text(out, json_string_value(json_object_get(account, "email")));
	strbuf_puts(out, "</strong> <span>");
	put_text(out, about);
	strbuf_puts(out, "</span></button></li>\n");
}

static void
put_accounts(struct strbuf *out, const char *login_id, const json_t *accounts)
{
	put_form(out, "/login-actions/authenticate");
	put_hidden(out, "tx", login_id);
	strbuf_puts(out, "<ul class=\"accounts\">\n");
	for (size_t i = 0; i < json_array_size(accounts); i++)
		put_account(out, json_array_get(accounts, i));
	strbuf_puts(out, "</ul>\n</form>\n");
}

void
page_login(struct strbuf *out, const char *login_id, const json_t *accounts, const char *hint)
{
	put_open(out, "Sign in");
	strbuf_puts(out, "<p class=\"soft\">Choose a sample account for <strong>");
	put_text(out, sim_settings.client_id);
	strbuf_puts(out, "</strong>.</p>\n");
	put_accounts(out, login_id, accounts);
	put_form(out, "/login-actions/authenticate");
	put_hidden(out, "tx", login_id);
	strbuf_puts(out,
	    "<label for=\"login\">Or be somebody else</label>\n<div class=\"row\">\n"
	    "<input type=\"text\" id=\"login\" name=\"login\" maxlength=\"255\" required "
	    "autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\" value=\"");
	put_text(out, hint);
	strbuf_puts(out, "\">\n<button>Sign in</button>\n</div>\n</form>\n");
	put_close(out);
}

void
page_logout(struct strbuf *out, const char *return_url, const char *state)
{
	put_open(out, "Sign out?");
	strbuf_puts(out, "<p>The application did not say whose session is to end.</p>\n");
	put_form(out, "/protocol/openid-connect/logout");
	put_hidden(out, "client_id", sim_settings.client_id);
	if (return_url != NULL)
		put_hidden(out, "post_logout_redirect_uri", return_url);
	if (state != NULL)
		put_hidden(out, "state", state);
	strbuf_puts(out, "<button class=\"yes\" name=\"confirm\" value=\"yes\">Sign out</button>\n"
			 "</form>\n");
	put_close(out);
}

void
page_sentence(struct strbuf *out, const char *title, const char *sentence)
{
	put_open(out, title);
	strbuf_puts(out, "<p>");
	put_text(out, sentence);
	strbuf_puts(out, "</p>\n");
	put_close(out);
}

void
page_index(struct strbuf *out)
{
	put_open(out, "Simulator");
	strbuf_puts(
	    out, "<p>It plays the sign-in provider, txt, pics and the Kubernetes API.</p>\n<ul>\n");
	strbuf_puts(out,
	    "<li><a href=\"/.well-known/openid-configuration\">OIDC discovery</a></li>\n"
	    "<li><a href=\"/control\">Faults and data</a></li>\n</ul>\n");
	put_close(out);
}
