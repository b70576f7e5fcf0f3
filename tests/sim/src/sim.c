/*
 * Start of the simulator: environment, keys, servers. Everything is made before the worker is
 * forked; its state is then the worker's memory, so there is only one.
 */
#include "reply.h"

#include <kore/hooks.h>
#include <kore/seccomp.h>

#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "kube.h"
#include "oidc_key.h"
#include "page.h"
#include "sim_settings.h"

int sim_index(struct http_request *);
int sim_healthz(struct http_request *);
int sim_not_found(struct http_request *);
void kore_seccomp_hook(void); /* defined by the macro, declared nowhere */
/* Kore's function, and the one that the linker puts in its place (see conf/build.conf). */
void __real_kore_domain_tlsinit(struct kore_domain *, int, const void *, size_t);
void __wrap_kore_domain_tlsinit(struct kore_domain *, int, const void *, size_t);

static EVP_PKEY *tls_key; /* NULL: no TLS server */

/* What a library may do beyond Kore's own list: grow large blocks, and end by abort(). */
KORE_SECCOMP_FILTER("sim", KORE_SYSCALL_ALLOW(mremap), KORE_SYSCALL_ALLOW(newfstatat),
    KORE_SYSCALL_ALLOW(gettid), KORE_SYSCALL_ALLOW(tgkill))

static void
stop(const char *sentence)
{
	fprintf(stderr, "sim: %s\n", sentence);
	exit(1);
}

/* Kore refuses to serve TLS without parameters for DHE, which current clients do not use. */
static void
use_known_dh_group(void)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	tls_dhparam = DH_new_by_nid(NID_ffdhe2048);
#pragma GCC diagnostic pop
}

static void
load_tls_key(void)
{
	FILE *f = fopen(sim_settings.tls_key, "r");

	if (f != NULL) {
		tls_key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		fclose(f);
	}
	if (tls_key == NULL)
		stop("SIM_TLS_KEY is no readable key file.");
}

/*
 * Kore keeps private keys in a process of its own and signs through a method set on a copy of the
 * public key. OpenSSL 3 does not look at that copy, and every handshake ends in "internal error";
 * so the worker signs by itself. The keys of a simulator are worth no more protection.
 */
void
__wrap_kore_domain_tlsinit(struct kore_domain *dom, int type, const void *data, size_t len)
{
	__real_kore_domain_tlsinit(dom, type, data, len);
	if (dom->ssl_ctx != NULL && SSL_CTX_use_PrivateKey(dom->ssl_ctx, tls_key) != 1)
		kore_log(LOG_ERR, "SIM_TLS_KEY does not belong to SIM_TLS_CERT");
}

static void
write_tls_server(struct strbuf *conf)
{
	strbuf_printf(
	    conf, "server secure {\n\tbind 127.0.0.1 %s\n\ttls yes\n}\n", sim_settings.tls_port);
	strbuf_printf(conf, "domain * {\n\tattach secure\n\tcertfile %s\n\tcertkey %s\n",
	    sim_settings.tls_cert, sim_settings.tls_key);
	strbuf_puts(conf, "\troute ^/(api|apis)/.*$ kube_show\n\troute ^/.*$ sim_not_found\n}\n");
}

/* The routes stand in conf/sim.conf, which Kore reads after this. */
static void
configure_servers(void)
{
	struct strbuf conf = { 0 };
	FILE *f;

	strbuf_printf(&conf, "pidfile %s\n", sim_settings.pidfile);
	strbuf_printf(
	    &conf, "server plain {\n\tbind 127.0.0.1 %s\n\ttls no\n}\n", sim_settings.port);
	if (*sim_settings.tls_port != '\0') {
		use_known_dh_group();
		load_tls_key();
		write_tls_server(&conf);
	}
	if ((f = fmemopen(conf.s, conf.len, "r")) == NULL)
		stop("The configuration could not be opened.");
	kore_parse_config_file(f);
	fclose(f);
	strbuf_free(&conf);
}

void
kore_parent_configure(int argc, char **argv)
{
	char *why;

	setvbuf(stdout, NULL, _IOLBF, 0);
	kore_default_getopt(argc, argv);
	if (sim_settings_load() != ERR_OK)
		exit(1);
	if (account_load(sim_settings.accounts_file, &why) != ERR_OK)
		stop(why);
	if (kube_start() != ERR_OK)
		stop("The demo deployments cannot be read.");
	if (oidc_key_start() != ERR_OK)
		stop("OpenSSL made no keys.");
	configure_servers();
}

static void
tick(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
}

/* Kore looks at its time-outs only when something wakes it; late, it answers 408 to new requests.
 */
void
kore_worker_configure(void)
{
	kore_timer_add(tick, 1000, NULL, 0);
}

int
sim_index(struct http_request *req)
{
	struct strbuf page = { 0 };

	page_index(&page);
	return reply_page(req, 200, &page);
}

int
sim_healthz(struct http_request *req)
{
	return reply_bytes(req, 200, "text/plain", "ok\n", 3);
}

int
sim_not_found(struct http_request *req)
{
	return reply_problem(req, 404, "not_found", "There is no such address.");
}
