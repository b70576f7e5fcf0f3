/* The version, as in CHANGELOG.md. */
#ifndef APP_VERSION_H
#define APP_VERSION_H

#define PORTAL_VERSION "0.1.0"

#endif
