/* What `portal help` says. */
#ifndef APP_USAGE_H
#define APP_USAGE_H

/* The letters of options that serving takes. */
#define USAGE_OPTIONS "fnrq"

extern const char usage_text[];

#endif
