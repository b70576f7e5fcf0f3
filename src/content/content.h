/* What pastes and pictures have in common: who may see them, and what they are called. */
#ifndef CONTENT_CONTENT_H
#define CONTENT_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

/* Public: may be listed. Unlisted: for who has the address. Private: for the owner alone. */
enum visibility { VISIBILITY_PUBLIC, VISIBILITY_UNLISTED, VISIBILITY_PRIVATE, VISIBILITY__MAX };
extern const char *const visibility_words[VISIBILITY__MAX];
/* For people: "Unlisted: for everybody who has the address". */
extern const char *const visibility_labels[VISIBILITY__MAX];

/*
 * What became of something that was sent in: the words are labels of metrics and stand in
 * content_days.outcome.
 */
enum content_outcome {
	CONTENT_STORED,
	CONTENT_EMPTY,
	CONTENT_TOO_LARGE,
	CONTENT_OVER_QUOTA,
	CONTENT_WRONG_KIND, /* no text, no picture that we take */
	CONTENT_BROKEN,	    /* such a picture, but it does not decode */
	CONTENT_TOO_COSTLY, /* more pixels or frames than we decode */
	CONTENT_INVALID,    /* a title, an expiry or the like that does not fit */
	CONTENT_FAILED,	    /* our own trouble */
	CONTENT__MAX
};
extern const char *const content_outcome_words[CONTENT__MAX];

/*
 * Letters and digits without those that are mistaken for each other (base 58): nothing that a chat
 * client cuts off the end of a link, and a double click selects it all. 13 of them are 76 bits.
 */
#define CONTENT_ID_LENGTH 13
#define CONTENT_ID_SIZE (CONTENT_ID_LENGTH + 1)

/* A new one, from the system's generator. */
void content_id_new(char id[CONTENT_ID_SIZE]);
/* Whether the text could be one. */
bool content_id_is_valid(const char *);

#endif
