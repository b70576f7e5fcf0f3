/* See views.h: a new page's view is added here. */
#include "app/views.h"

#include "account/account_view.h"
#include "account/sessions_view.h"
#include "account/signed_out_view.h"
#include "account/tokens_view.h"
#include "billing/billing_change_view.h"
#include "billing/billing_done_view.h"
#include "billing/billing_invoices_view.h"
#include "billing/billing_view.h"
#include "billing/difference_view.h"
#include "billing/fx_view.h"
#include "billing/inbox_view.h"
#include "billing/plan_prices_view.h"
#include "billing/unlinked_view.h"
#include "bouncer/bouncer_connect_view.h"
#include "bouncer/bouncer_delete_view.h"
#include "bouncer/bouncer_new_view.h"
#include "bouncer/bouncer_page_view.h"
#include "bouncer/bouncers_view.h"
#include "bouncer/network_view.h"
#include "site/landing_view.h"
#include "dashboard/dashboard_view.h"
#include "pics/picture_view.h"
#include "pics/pics_list_view.h"
#include "pics/pics_new_view.h"
#include "site/style_view.h"
#include "txt/paste_view.h"
#include "web/error_view.h"
#include "web/part_view.h"

struct view_type *const views[] = {
	&account_view_type,
	&billing_away_view_type,
	&billing_change_view_type,
	&billing_done_view_type,
	&billing_invoices_view_type,
	&billing_retry_view_type,
	&billing_view_type,
	&bouncer_connect_view_type,
	&bouncer_delete_view_type,
	&bouncer_new_view_type,
	&bouncer_page_view_type,
	&bouncers_view_type,
	&confirm_view_type,
	&dashboard_view_type,
	&differences_view_type,
	&error_view_type,
	&inbox_view_type,
	&inbox_event_view_type,
	&landing_view_type,
	&pics_list_view_type,
	&pics_new_view_type,
	&picture_view_type,
	&network_edit_view_type,
	&plan_prices_view_type,
	&paste_new_view_type,
	&paste_show_view_type,
	&pastes_view_type,
	&rates_view_type,
	&sessions_view_type,
	&signed_out_view_type,
	&style_view_type,
	&tokens_view_type,
	&unlinked_view_type,
	&unlinked_link_view_type,
};

const size_t nviews = sizeof(views) / sizeof(views[0]);
