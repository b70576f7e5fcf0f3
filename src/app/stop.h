/*
 * Stopping. Kore 4.1.0 passes SIGTERM on, and each worker leaves its loop at once, whatever it was
 * answering. Here SIGTERM to the parent ends the program in steps that nobody notices:
 *
 *  1. For STOP_DELAY_S seconds /readyz answers 503, so that balancers look elsewhere, and all else
 *     goes on. Answers close their connections, so that proxies keep none.
 *  2. What has been connected is taken in, and then no connection any more.
 *  3. What is under way gets STOP_LIMIT_MS to come to its end, requests and background work alike.
 *  4. The workers end, then the parent, with status 0.
 *
 * A second signal, SIGINT (Ctrl-C) or SIGQUIT ends all at once.
 */
#ifndef APP_STOP_H
#define APP_STOP_H

#define STOP_LIMIT_MS 10000

/* In the parent, before the fork; `workers` is how many there will be. Ends it without memory. */
void stop_init(int workers);
/* In each worker, at its start. */
void stop_worker(void);

#endif
