/* `portal mrr`: the sums of monthly revenue, or how that of one subscription came about. */
#ifndef APP_MRR_COMMAND_H
#define APP_MRR_COMMAND_H

/* The sums, from the mirror as it is now. Settings are loaded. The exit status; prints why not 0.
 */
int mrr_command_sums(void);
/* Each step for the subscription of that id. */
int mrr_command_explain(const char *id);

#endif
