/* What `portal doctor` asks where bouncers are made in Kubernetes (BOUNCER_PROVISIONER). */
#ifndef APP_DOCTOR_KUBE_H
#define APP_DOCTOR_KUBE_H

#include "app/doctor_report.h"
#include "base/arena.h"
#include "clients/kube_api.h"

/*
 * Whether what is applied for each bouncer can be, and whether a database can be made for it. Asks
 * the cluster what it would do with a bouncer that nobody has; nothing is changed. Says nothing
 * where bouncers are made otherwise.
 */
void doctor_kube(struct doctor_report *, struct arena *, const struct kube_api *);

#endif
