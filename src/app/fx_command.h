/* `portal fx import FILE`: rates of exchange from a file into the database. */
#ifndef APP_FX_COMMAND_H
#define APP_FX_COMMAND_H

/* "-" is the standard input. Settings are loaded. The exit status; prints why it is not 0. */
int fx_command_import(const char *path);

#endif
