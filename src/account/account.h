/* What the page of an account shows beside what every session knows. */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct account {
	const char *name, *email, *plan; /* name and email may be NULL */
	const char *roles;		 /* separated by spaces */
	bool is_email_verified;
	int64_t made_at, signed_in_at; /* Unix seconds */
	int64_t sessions;	       /* that live */
	bool wants_outage_mail;
	int64_t outage_mail_hours; /* after so many one is sent; 0: none is sent to anybody */
};

#endif
