#include "bouncer/provisioner.h"

#include <stddef.h>
#include <string.h>

#include "base/settings.h"

static const struct provisioner *const all[] = { &provisioner_soju, &provisioner_kube };

const struct provisioner *
provisioner_of(const char *word)
{
	for (size_t i = 0; word != NULL && i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->word, word) == 0)
			return all[i];
	return NULL;
}

static bool
is_set(const char *setting)
{
	return setting != NULL && *setting != '\0';
}

/* Without one nobody could be given a password or a network. */
static bool
has_door(void)
{
	return is_set(settings.soju_admin_socket) ||
	       (is_set(settings.soju_admin_url) && is_set(settings.soju_admin_key));
}

static bool
has_cluster(void)
{
	return is_set(settings.kubernetes_api_url) && is_set(settings.kubernetes_namespace) &&
	       is_set(settings.bouncer_image) && is_set(settings.soju_database_url) &&
	       is_set(settings.soju_database_admin_url) && is_set(settings.soju_admin_key);
}

const struct provisioner *
provisioner_chosen(void)
{
	const struct provisioner *p = provisioner_of(settings.bouncer_provisioner);

	if (p == NULL || !has_door())
		return NULL;
	return p == &provisioner_kube && !has_cluster() ? NULL : p;
}
