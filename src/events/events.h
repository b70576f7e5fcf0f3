/*
 * What accounts do, as words: the one list of event types. The words are a contract with those who
 * read the table `events`; they stand as macros so that a statement can hold them literally.
 */
#ifndef EVENTS_EVENTS_H
#define EVENTS_EVENTS_H

#define EVENT_WORD_SIGNUP "signup"		   /* {} */
#define EVENT_WORD_LOGIN "login"		   /* {} */
#define EVENT_WORD_BOUNCER_CREATE "bouncer_create" /* {"bouncer": name} */
#define EVENT_WORD_BOUNCER_DELETE "bouncer_delete" /* {"bouncer": name} */
#define EVENT_WORD_PLAN_UPGRADE "plan_upgrade"	   /* {"from": "free", "to": "pro"} */
#define EVENT_WORD_PLAN_DOWNGRADE "plan_downgrade" /* {"from": "pro", "to": "free"} */

enum event_type {
	EVENT_SIGNUP,
	EVENT_LOGIN,
	EVENT_BOUNCER_CREATE,
	EVENT_BOUNCER_DELETE,
	EVENT_PLAN_UPGRADE,
	EVENT_PLAN_DOWNGRADE,
	EVENT__MAX
};
extern const char *const event_words[EVENT__MAX];

#endif
