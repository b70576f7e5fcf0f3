/* The mail server: whether it answers, proves who it is and lets us in. Nothing is sent. */
#ifndef APP_DOCTOR_MAIL_H
#define APP_DOCTOR_MAIL_H

#include "app/doctor_report.h"
#include "base/arena.h"

/* By the settings; says that there is no mail where there is none. */
void doctor_mail(struct doctor_report *, struct arena *);

#endif
