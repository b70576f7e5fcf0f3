"""What the portal needs of others, and what it does beside the pages.

The label `job` of our own metrics is exported_job in Prometheus, which has a label of that name.
"""
from panels import NONE, dashboard, row, series, share, stat, table

STRIPE = [('Stripe in the portal', '/admin/stripe')]

BOARD = dashboard(
    'portal-outside', 'Portal: outside services and jobs',
    'Calls to the provider, Stripe, soju, Kubernetes, txt and pics; jobs that run beside pages.',
    pages=[('Stripe', '/admin/stripe'), ('Differences to Stripe', '/admin/stripe/differences')],
    rows=[
        row('Outside services',
            series('Calls', 'A second, by service.',
                   ('sum by (service) (rate(irc_now_outside_calls_total{}[$__rate_interval]))',
                    '{{service}}'), unit='reqps'),
            series('Calls that failed', 'Share of the calls to the service.',
                   (share('sum by (service) (rate(irc_now_outside_calls_total{result!="ok"}'
                          '[$__rate_interval]))',
                          'sum by (service) (rate(irc_now_outside_calls_total{}'
                          '[$__rate_interval]))'), '{{service}}'), unit='percentunit',
                   lines=[(None, 'green'), (0.1, 'orange'), (0.5, 'red')]),
            series('Failures by kind', 'A minute; timeout: no answer in time, refused: nobody'
                   ' listens.',
                   ('sum by (service, result) (rate(irc_now_outside_calls_total{result!="ok"}'
                    '[$__rate_interval])) * 60', '{{service}} {{result}}'), unit='opm',
                   noValue=NONE),
            series('Duration', '95 % of the calls are faster. The portal waits for 2 s at most.',
                   ('histogram_quantile(0.95, sum by (le, service) (rate('
                    'irc_now_outside_call_duration_seconds_bucket{}[$__rate_interval])))',
                    '{{service}}'), unit='s', lines=[(None, 'green'), (2, 'red')]),
            table('Last good answer', 'How long ago, of any replica. A service that was never'
                  ' reached since the start is missing here.',
                  [('Age', 'time() - max by (job, service)'
                    ' (irc_now_outside_last_success_timestamp_seconds{})', 's'),
                   ('Calls in the shown time', 'sum by (job, service) (increase('
                    'irc_now_outside_calls_total{}[$__range]))', 'short')], width=12),
            series('Refreshes of the dashboard of people', 'A minute, by source and what came of'
                   ' it.',
                   ('sum by (source, outcome) (rate(irc_now_source_refreshes_total{}'
                    '[$__rate_interval])) * 60', '{{source}} {{outcome}}'), unit='opm',
                   noValue=NONE)),
        row('Jobs',
            table('Each job', 'How often each is due, how long it has been due, when it last came'
                  ' to a good end, and how long a run takes.',
                  [('Due every', 'max by (job, exported_job) (irc_now_job_period_seconds{})', 's'),
                   ('Late by', 'max by (job, exported_job) (irc_now_job_lag_seconds{})', 's'),
                   ('Last good end', 'time() - max by (job, exported_job)'
                    ' (irc_now_job_last_success_timestamp_seconds{})', 's'),
                   ('A run takes', 'sum by (job, exported_job) (increase('
                    'irc_now_job_duration_seconds_sum{}[$__range])) / (sum by (job, exported_job)'
                    ' (increase(irc_now_job_duration_seconds_count{}[$__range])) > 0)', 's')],
                  height=12),
            series('Runs that failed', 'An hour, by job.',
                   ('sum by (exported_job) (rate(irc_now_job_runs_total{outcome="failed"}'
                    '[$__rate_interval])) * 3600', '{{exported_job}}'), width=8, noValue=NONE),
            series('Late in periods', 'How long a job has been due, in its own periods, or in'
                   ' minutes if they are shorter. Above 1 it has missed two runs; five minutes'
                   ' later PortalJobMissed fires.',
                   ('max by (job, exported_job) (irc_now_job_lag_seconds{})'
                    ' / clamp_min(max by (job, exported_job) (irc_now_job_period_seconds{}), 60)',
                    '{{exported_job}}'), width=8, lines=[(None, 'green'), (1, 'red')]),
            series('Time that runs take', 'On average.',
                   ('sum by (exported_job) (rate(irc_now_job_duration_seconds_sum{}'
                    '[$__rate_interval])) / (sum by (exported_job) (rate('
                    'irc_now_job_duration_seconds_count{}[$__rate_interval])) > 0)',
                    '{{exported_job}}'), unit='s', width=8)),
        row('Stripe',
            stat('Events that wait', 'Kept, and not yet obeyed. In quiet times 0.',
                 'max(irc_now_stripe_webhook_backlog{})', links=STRIPE,
                 thresholds=[(None, 'green'), (50, 'orange'), (500, 'red')]),
            stat('Oldest of them', 'How long it has waited.',
                 'max(irc_now_stripe_webhook_oldest_seconds{})', unit='s', links=STRIPE,
                 thresholds=[(None, 'green'), (60, 'orange'), (900, 'red')]),
            stat('Differed last night', 'Subscriptions that were not as Stripe has them, before'
                 ' they were repaired.', 'max(irc_now_stripe_drift{})',
                 links=[('Differences', '/admin/stripe/differences')],
                 thresholds=[(None, 'green'), (1, 'orange')]),
            stat('Last answer of Stripe', 'How long ago.',
                 'time() - max(irc_now_outside_last_success_timestamp_seconds{service="stripe"})',
                 unit='s', thresholds=[(None, 'green'), (3900, 'orange'), (8100, 'red')]),
            series('Webhooks', 'A minute, by what was made of them.',
                   ('sum by (result) (rate(irc_now_stripe_webhooks_total{}[$__rate_interval]))'
                    ' * 60', '{{result}}'), unit='opm', width=8, height=4, noValue=NONE),
            series('Events that wait, over time', 'Kept, and not yet obeyed.',
                   ('max(irc_now_stripe_webhook_backlog{})', 'waiting'), width=12),
            series('Age of the oldest event', 'How long it has waited.',
                   ('max(irc_now_stripe_webhook_oldest_seconds{})', 'oldest'), unit='s', width=12,
                   lines=[(None, 'green'), (900, 'red')])),
    ])
