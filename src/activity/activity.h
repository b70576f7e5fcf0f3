/*
 * On which days an account did something, a bit for each kind: the rows of activity_days, from
 * which figures of use are made. Days are days in UTC. A bit is written when it is known, which may
 * be when the day is over, and never taken away; writing it again changes nothing.
 *
 *	connected	bouncer/health_store.c: a client was connected at a sample;
 *			activity_soju: soju says when one last came or went
 *	paste, picture	activity_content: txt and pics tell who made something
 *	signed in	account/login_store.c, by the statement that records the login
 *
 * Traffic while nobody is connected is no activity, nor is what a service asks for.
 *
 * Beside it account_seen has one row for each account, with its two latest days (kept by the
 * database itself) and when it was last seen, which the same places write.
 */
#ifndef ACTIVITY_ACTIVITY_H
#define ACTIVITY_ACTIVITY_H

enum activity_bit {
	ACTIVITY_CONNECTED = 1,
	ACTIVITY_PASTE = 2,
	ACTIVITY_PICTURE = 4,
	ACTIVITY_SIGNED_IN = 8
};

#endif
