/* Which provisioner makes new bouncers: the one that is chosen, if all is said that it needs. */
#include "bouncer/provisioner.h"

#include <criterion/criterion.h>

#include "base/settings.h"

static void
begin(void)
{
	settings.bouncer_provisioner = "none";
	settings.soju_admin_socket = settings.soju_admin_url = settings.soju_admin_key = "";
	settings.kubernetes_api_url = settings.kubernetes_namespace = settings.bouncer_image = "";
	settings.soju_database_url = settings.soju_database_admin_url = "";
}

TestSuite(provisioner, .init = begin);

Test(provisioner, is_found_by_its_word)
{
	cr_expect_eq(provisioner_of("soju"), &provisioner_soju);
	cr_expect_eq(provisioner_of("kubernetes"), &provisioner_kube);
	cr_expect_null(provisioner_of("none"));
	cr_expect_null(provisioner_of("zeppelin"));
	cr_expect_null(provisioner_of(""));
	cr_expect_null(provisioner_of(NULL));
}

Test(provisioner, none_is_chosen_by_default)
{
	settings.soju_admin_socket = "/run/soju/admin";
	cr_expect_null(provisioner_chosen());
}

Test(provisioner, soju_needs_a_way_in)
{
	settings.bouncer_provisioner = "soju";
	cr_expect_null(provisioner_chosen());
	settings.soju_admin_url = "ircs://soju.example.org:6697";
	cr_expect_null(provisioner_chosen(), "and the key to it");
	settings.soju_admin_key = "00";
	cr_expect_eq(provisioner_chosen(), &provisioner_soju);
	settings.soju_admin_url = settings.soju_admin_key = "";
	settings.soju_admin_socket = "/run/soju/admin";
	cr_expect_eq(provisioner_chosen(), &provisioner_soju);
}

Test(provisioner, kubernetes_needs_all_of_it)
{
	const char **const needed[] = { &settings.soju_admin_key, &settings.soju_admin_url,
		&settings.kubernetes_api_url, &settings.kubernetes_namespace,
		&settings.bouncer_image, &settings.soju_database_url,
		&settings.soju_database_admin_url };
	const size_t n = sizeof(needed) / sizeof(needed[0]);

	settings.bouncer_provisioner = "kubernetes";
	for (size_t i = 0; i < n; i++) {
		cr_expect_null(provisioner_chosen(), "%zu of %zu", i, n);
		*needed[i] = "x";
	}
	cr_expect_eq(provisioner_chosen(), &provisioner_kube);
}
