/*
 * As whom the workers run. Kore changes user and root folder of each worker, and refuses to start
 * with what it cannot do; this says it in words that name our settings and options.
 */
#ifndef APP_RUN_AS_H
#define APP_RUN_AS_H

#include "base/err.h"
#include "base/strbuf.h"

/*
 * After the options have been read and before the configuration. `user` is RUN_AS, "" if it is not
 * given. ERR_INVALID: `problem` holds a sentence.
 */
enum err run_as_init(const char *user, struct strbuf *problem);

#endif
