/* See error_view.h. One table from status to words. */
#include "web/error_view.h"

#include <stddef.h>

VIEW_DEFINE(error, ERROR)

#define LATER "Try again in a moment. If it stays like this, tell us the number below."

enum way { WAY_ON, WAY_SIGNIN, WAY_RETRY };

/* The first two stand for every other status from 500 and from 400. */
static const struct error_words {
	int status;
	enum way way;
	const char *title, *sentence, *advice;
} words[] = {
	{ 500, WAY_RETRY, "Something broke", "A mistake of ours kept this page from being made.",
	    LATER },
	{ 400, WAY_ON, "That did not fit", "Part of what was sent could not be understood.",
	    "Go back, check what you entered, and send it again." },
	{ 401, WAY_SIGNIN, "Please sign in",
	    "This page belongs to an account, and nobody is signed in.",
	    "Sign in and you come straight back here." },
	{ 403, WAY_ON, "Not allowed", "Your account may not do this, or the form was too old.",
	    "Open the page again and repeat what you did. If you are signed in with another "
	    "account, "
	    "change to the right one." },
	{ 404, WAY_ON, "Not found", "There is nothing at this address.",
	    "Check the address for a typing mistake, or start over from here." },
	{ 405, WAY_ON, "Not like this", "This address does not take requests of this kind.",
	    "Go back and use the link or the button of the page." },
	{ 408, WAY_RETRY, "That took too long", "The request did not arrive in time.",
	    "Check your connection and try again." },
	{ 409, WAY_ON, "Something changed meanwhile",
	    "What you sent does not fit what is there now.",
	    "Open the page again and look at how it stands before you repeat it." },
	{ 411, WAY_ON, "Length missing", "What was sent does not say how long it is.",
	    "Browsers always say it; a program must send a Content-Length." },
	{ 413, WAY_ON, "Too large", "More was sent than this page takes.",
	    "Send less at a time, or a smaller file." },
	{ 414, WAY_ON, "Address too long", "The address is longer than any page of ours has.",
	    "Check the address, or start over from here." },
	{ 429, WAY_RETRY, "One moment, please",
	    "Too many requests came from your connection in a short time.",
	    "Wait a little, then try again." },
	{ 431, WAY_ON, "Too much beside the address",
	    "What the browser sends with each request is larger than we take.",
	    "Delete the cookies of this site and try again." },
	{ 502, WAY_RETRY, "No sensible answer",
	    "A service this page needs answered something unusable.", LATER },
	{ 503, WAY_RETRY, "Out of service for a moment",
	    "A service this page needs cannot be reached.", LATER },
	{ 504, WAY_RETRY, "No answer in time", "A service this page needs took too long to answer.",
	    LATER },
	{ 507, WAY_RETRY, "No room left", "There is no room left to keep what was sent.", LATER },
	{ 505, WAY_ON, "Unknown kind of HTTP", "Only HTTP/1.0 and HTTP/1.1 are spoken here.",
	    "Use another browser or program, or a newer one." },
};

static const struct error_words *
words_of(int status)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].status == status)
			return &words[i];
	return &words[status >= 400 && status < 500];
}

const char *
error_view_title(int status)
{
	return words_of(status)->title;
}

void
error_view_init(struct error_view *v, int status, const char *sentence, const char *request_id)
{
	const struct error_words *w = words_of(status);

	*v = (struct error_view){
		.frame = v->frame,
		.status = status,
		.title = w->title,
		.sentence = sentence != NULL ? sentence : w->sentence,
		.advice = w->advice,
		.offers_signin = w->way == WAY_SIGNIN,
		.offers_retry = w->way == WAY_RETRY,
		.request_id = request_id,
	};
}
