/*
 * `portal doctor`: looks at every setting and every outside service and prints a line each, with
 * how to mend what is wrong. Changes nothing anywhere. Blocks, for a few seconds at most for each
 * service; for a subcommand.
 */
#ifndef APP_DOCTOR_H
#define APP_DOCTOR_H

#include "base/err.h"

/* Reads the settings itself. ERR_INVALID: something is wrong, and was printed. */
enum err doctor_run(void);

#endif
