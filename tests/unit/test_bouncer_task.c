/* What is asked of a soju that cannot be reached: whose fault it is, and what the log says. */
#include "bouncer/bouncer_task.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/settings.h"
#include "stdout_pipe.h"

static void
begin(void)
{
	stdout_pipe();
	settings.soju_admin_socket = settings.soju_admin_url = settings.soju_admin_key = "";
	settings.soju_ca_file = "";
}

TestSuite(bouncer_task, .init = begin);

static enum bouncer_outcome
run(enum bouncer_op op, const char *provisioner)
{
	const struct bouncer b = { .id = 7,
		.name = "alice-main",
		.soju_username = "alice-main",
		.provisioner = provisioner,
		.state = BOUNCER_READY };
	struct bouncer_order *o = bouncer_order_new(op, &b);
	enum bouncer_outcome outcome;

	bouncer_order_network(o, "libera", NULL);
	bouncer_order_run(o);
	outcome = o->outcome;
	bouncer_order_free(o);
	return outcome;
}

static void
expect_logged(const char *level, const char *cause)
{
	const char *line = stdout_written();

	cr_expect_not_null(strstr(line, level), "%s: %s", level, line);
	cr_expect_not_null(strstr(line, cause), "%s: %s", cause, line);
	cr_expect_null(strstr(line, "alice-main"), "%s", line);
}

Test(bouncer_task, only_what_nothing_here_made_is_made_by_hand)
{
	cr_expect_eq(run(BOUNCER_OP_ENABLE_NETWORK, "none"), BOUNCER_BY_HAND);
	cr_expect_str_empty(stdout_written());
}

/* It was called made by hand, and nothing stood in the log. */
Test(bouncer_task, without_a_way_in_the_service_is_away)
{
	cr_expect_eq(run(BOUNCER_OP_ENABLE_NETWORK, "soju"), BOUNCER_AWAY);
	expect_logged("\"warn\"", "bouncer 7 cannot be reached: no setting leads there");
	settings.soju_admin_url = "nonsense";
	settings.soju_admin_key =
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	cr_expect_eq(run(BOUNCER_OP_ENABLE_NETWORK, "soju"), BOUNCER_AWAY);
	expect_logged("\"warn\"", "the address of soju is none");
}

Test(bouncer_task, a_look_in_vain_is_no_trouble)
{
	settings.soju_admin_socket = "/nowhere/admin";
	cr_expect_eq(run(BOUNCER_OP_LOOK, "soju"), BOUNCER_AWAY);
	expect_logged("\"info\"", "cannot be reached");
	cr_expect_eq(run(BOUNCER_OP_ENABLE_NETWORK, "soju"), BOUNCER_AWAY);
	expect_logged("\"warn\"", "cannot be reached");
}
