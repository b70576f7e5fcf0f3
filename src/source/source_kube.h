/* A bouncer's container, asked of the Kubernetes API. Part of source_fetch. */
#ifndef SOURCE_SOURCE_KUBE_H
#define SOURCE_SOURCE_KUBE_H

#include "source/source_fetch.h"

void source_kube_fetch(struct source_fetch *, struct source_result *);

#endif
