"""What the owner of the service looks at. Definitions: those of the portal's own pages."""
from panels import COUNTED_BY_JOBS, bars, currency_overrides, dashboard, money, row, series, stat

SIGNS = currency_overrides()
LESS = 'kind=~"contraction|churn|paused"'
MOVEMENTS = (money('irc_now_mrr_movements_30d_cents', 'kind', LESS.replace('=~', '!~'))
             + ' or -1 * (' + money('irc_now_mrr_movements_30d_cents', 'kind', LESS) + ')')
BILLING = [('Stripe in the portal', '/admin/stripe')]


BOARD = dashboard(
    'portal-business', 'Portal: business',
    'Revenue, subscriptions and people. Each replica tells the same figures, so the greatest is'
    ' taken and never a sum; what is not known has no value, and is never 0.',
    since='now-30d', refresh='5m',
    pages=[('Stripe', '/admin/stripe'), ('Differences to Stripe', '/admin/stripe/differences'),
           ('Prices', '/admin/prices'), ('Rates of currencies', '/admin/rates')],
    rows=[
        row('Revenue',
            stat('MRR', 'Monthly recurring revenue in the reporting currency: active and past due'
                 ' subscriptions, coupons that last for ever taken off. Not known while a'
                 ' currency has no rate.',
                 (money('irc_now_mrr_cents'), '{{currency}}'), unit='none', width=5,
                 overrides=SIGNS, links=[('Rates of currencies', '/admin/rates')]),
            stat('At risk', 'The part of MRR whose payment is past due.',
                 (money('irc_now_mrr_at_risk_cents'), '{{currency}}'), unit='none', width=5,
                 overrides=SIGNS, thresholds=[(None, 'green'), (0.01, 'orange')], links=BILLING),
            stat('Active subscriptions', 'Subscriptions that count for MRR: active or past due,'
                 ' collection not paused.', 'max(irc_now_subscriptions_active{})',
                 links=BILLING),
            stat('Paying customers', 'Accounts whose MRR is above 0.',
                 'max(irc_now_paying_customers{})', width=3),
            stat('Cancelled in 30 days', 'Subscriptions that ended in the last 30 days, by their'
                 ' end and not by when the cancellation was asked for.',
                 'max(irc_now_subscriptions_canceled_30d{})', width=3),
            stat('Churn in 30 days', 'Customers who paid before the last 30 complete days and not'
                 ' at their end, as a share of those who paid then. Who only paused has not left.',
                 'max(irc_now_churn_rate_30d{})', unit='percentunit', decimals=1,
                 thresholds=[(None, 'green'), (0.05, 'orange'), (0.1, 'red')]),
            series('MRR over time', 'MRR, what of it is past due, what remains when all scheduled'
                   ' cancellations and changes come, and what is billed while coupons run.',
                   (money('irc_now_mrr_cents'), 'MRR {{currency}}'),
                   (money('irc_now_mrr_committed_cents'), 'committed {{currency}}'),
                   (money('irc_now_mrr_billed_cents'), 'billed {{currency}}'),
                   (money('irc_now_mrr_at_risk_cents'), 'at risk {{currency}}'), unit='none',
                   overrides=SIGNS),
            bars('Movements of MRR in 30 days', 'What made MRR change: new customers,'
                 ' returning ones, more and less of the same ones, those who left, those who'
                 ' only paused, and the rates of currencies. What makes it less is below 0.',
                 MOVEMENTS, 'kind', unit='none', width=12),
            series('Churn over time', 'The rate; beside it are the customers it is made of.',
                   ('max(irc_now_churn_rate_30d{})', 'churn'), unit='percentunit', width=8,
                   lines=[(None, 'green'), (0.05, 'orange'), (0.1, 'red')]),
            series('Customers who left, and who paid', 'What churn is made of: below 20 customers'
                   ' the rate says little.',
                   ('max(irc_now_churn_customers_30d{})', 'left in 30 days'),
                   ('max(irc_now_churn_paying_at_start_30d{})', 'paid 30 days ago'),
                   ('max(irc_now_paying_customers{})', 'pay now'), width=8),
            series('MRR by currency of the subscription', 'In that currency, not converted.',
                   (money('irc_now_mrr_native_minor'), '{{currency}}'), unit='none', width=8,
                   overrides=SIGNS)),
        row('Subscriptions',
            series('Subscriptions by status', 'Those that have not ended, by the status that'
                   ' Stripe gives.',
                   ('max by (status) (irc_now_subscriptions{})', '{{status}}'), stacked=True),
            series('Subscriptions by plan', 'Those that count for MRR, by the plan that their'
                   ' prices buy; none: the price buys no plan.',
                   ('max by (plan) (irc_now_subscriptions_by_plan{})', '{{plan}}'), stacked=True)),
        row('People',
            stat('Accounts', 'All accounts, those of staff, tests and the banned left out.',
                 'max(irc_now_accounts{})'),
            stat('Signups this week', 'Accounts made in the 7 complete days (UTC) before today.',
                 'max(irc_now_signups_7d{})'),
            stat('Signups today', 'So far; the day is that of UTC.',
                 'max(irc_now_signups_today{})'),
            stat('Conversion in 30 days', 'Accounts that bought a plan in the last 30 complete days'
                 ' over accounts made in them. Both need not be the same accounts, so it may be'
                 ' above 100 %.', 'max(irc_now_conversion_rate_30d{})', unit='percentunit',
                 decimals=1),
            stat('Upgraded, and signed up', 'What conversion is made of: accounts that upgraded,'
                 ' and accounts made, in the last 30 complete days.',
                 ('max(irc_now_conversion_upgraded_30d{})', 'upgraded'),
                 ('max(irc_now_signups_30d{})', 'signed up')),
            stat('Conversion of a cohort', 'Accounts made 60 to 30 days ago that paid within 30'
                 ' days of that, as a share of them.', 'max(irc_now_cohort_conversion_ratio{})',
                 unit='percentunit', decimals=1),
            series('Active users', 'Accounts that did something: connected a client, pasted,'
                   ' uploaded, signed in. On the last complete day, in the last 7 and in the last'
                   ' 30.',
                   ('max(irc_now_active_users_1d{})', '1 day'),
                   ('max(irc_now_active_users_7d{})', '7 days'),
                   ('max(irc_now_active_users_30d{})', '30 days')),
            series('Active in the last 24 hours', 'Rolling, by when they were last seen: with'
                   ' anything, and with an IRC client.',
                   ('max(irc_now_active_users_24h{})', 'with anything'),
                   ('max(irc_now_bouncer_active_users{})', 'with a client on a bouncer')),
            series('Signups', 'In the last 7 and 30 complete days.',
                   ('max(irc_now_signups_7d{})', '7 days'),
                   ('max(irc_now_signups_30d{})', '30 days')),
            series('Sign-ins', 'Sign-ins a minute, of all replicas together: the counter is one of'
                   ' the whole service.',
                   ('max(rate(irc_now_logins_total{}[$__rate_interval])) * 60', 'sign-ins'),
                   unit='opm', interval=COUNTED_BY_JOBS)),
        row('Retention',
            bars('Retention by cohort', 'Accounts made in that month that were active in the last'
                 ' 30 days, as a share of them. It moves from day to day by design.',
                 'max by (cohort) (irc_now_retention_cohort{})', 'cohort', unit='percentunit',
                 width=16, decimals=0, min=0),
            bars('Size of cohorts', 'Accounts made in that month: of a small cohort the share is'
                 ' rough.',
                 'max by (cohort) (irc_now_retention_cohort_signups{})', 'cohort', width=8)),
        row('Messages',
            series('Messages sent', 'Lines from and to IRC networks a second, over all bouncers.',
                   ('max(rate(irc_now_messages_relayed_total{}[$__rate_interval]))', 'messages'),
                   unit='mps', width=16, interval=COUNTED_BY_JOBS),
            stat('Messages in the shown time', 'Lines from and to IRC networks over all bouncers.',
                 'increase(max(irc_now_messages_relayed_total{})[$__range:5m])', width=8,
                 decimals=0, links=[('Bouncers in the portal', '/admin/bouncers')])),
    ])
