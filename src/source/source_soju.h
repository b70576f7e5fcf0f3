/* A bouncer's networks, channels and messages, read from its soju's database. Part of source_fetch.
 */
#ifndef SOURCE_SOURCE_SOJU_H
#define SOURCE_SOURCE_SOJU_H

#include "source/source_fetch.h"

void source_soju_fetch(struct source_fetch *, struct source_result *);

#endif
