/* The files of assets/, which kodev builds into the binary, as texts. */
#ifndef EMBEDDED_H
#define EMBEDDED_H

extern const char *const embedded_accounts;
extern const char *const embedded_deployments;
extern const char *const embedded_page_css;

#endif
