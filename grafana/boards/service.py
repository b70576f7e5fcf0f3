"""How the service answers: requests, its database, its workers."""
from panels import NONE, dashboard, query_variable, row, series, share, stat, table

# Health checks and scrapes are no requests of anybody.
PEOPLE = 'route!~"metrics|healthz|readyz", route=~"$route"'
ROUTE = query_variable('route', 'label_values(irc_now_http_requests_total{job=~"$job"}, route)',
                       'Page')
SHARE = [(None, 'green'), (0.001, 'orange'), (0.01, 'red')]


def total(condition, by=''):
    """Requests a second."""
    by = f' by ({by})' if by else ''
    return f'sum{by} (rate(irc_now_http_requests_total{{{condition}}}[$__rate_interval]))'


def quantile(q, metric, condition, by=''):
    by = f'le, {by}' if by else 'le'
    return (f'histogram_quantile({q}, sum by ({by}) (rate({metric}_bucket{{{condition}}}'
            '[$__rate_interval])))')


def quantiles(metric, condition, by='', name=''):
    return [(quantile(q, metric, condition, by), f'p{int(q * 100)}{name}')
            for q in (0.5, 0.95, 0.99)]


def failed_share(by=''):
    return share(total(f'code=~"5..", {PEOPLE}', by), total(PEOPLE, by))


def increased(condition, by):
    return f'sum by ({by}) (increase(irc_now_http_requests_total{{{condition}}}[$__range]))'


def failed_of(by):
    """The share in the shown time."""
    return share(increased(f'code=~"5..", {PEOPLE}', by), increased(PEOPLE, by))


BOARD = dashboard(
    'portal-service', 'Portal: service',
    'Requests by rate, errors and duration, the database and the workers, of all chosen replicas'
    ' together.',
    extra=[ROUTE],
    rows=[
        row('Requests',
            stat('Requests a second', 'Of people and programs; health checks and scrapes left out.',
                 total(PEOPLE), unit='reqps', decimals=2),
            stat('Failed', 'Share of answers of 500 and above. Without requests there is none.',
                 failed_share(), unit='percentunit', decimals=2, thresholds=SHARE),
            stat('Available in the shown time', 'Share of requests that did not fail. The alerts'
                 ' spend a budget of 0.1 % in 30 days.',
                 (f'1 - {failed_of("job")}', '{{job}}'),
                 unit='percentunit', decimals=3,
                 thresholds=[(None, 'red'), (0.99, 'orange'), (0.999, 'green')]),
            stat('95 % are faster than', 'Time from the request to the answer.',
                 quantile(0.95, 'irc_now_http_request_duration_seconds', PEOPLE), unit='s',
                 thresholds=[(None, 'green'), (0.4, 'orange'), (2.5, 'red')]),
            stat('Being answered', 'Requests under way at this moment.',
                 'sum(irc_now_http_requests_in_flight{})'),
            stat('Replicas', 'Those that answer to Prometheus.',
                 'count(irc_now_build_info{})'),
            series('Rate by page', 'Requests a second. A page is named after what answers it, never'
                   ' after its address.', (total(PEOPLE, 'route'), '{{route}}'), unit='reqps',
                   stacked=True),
            series('Errors by page', 'Share of answers of 500 and above. A page that has none is'
                   ' not drawn.',
                   (failed_share('route') + ' > 0', '{{route}}'), unit='percentunit', noValue=NONE,
                   lines=[(None, 'green'), (0.001, 'orange'), (0.05, 'red')]),
            series('Duration', 'Half, 95 % and 99 % of all requests are faster.',
                   *quantiles('irc_now_http_request_duration_seconds', PEOPLE), unit='s'),
            series('Duration by page', '95 % of the requests to the page are faster.',
                   (quantile(0.95, 'irc_now_http_request_duration_seconds', PEOPLE, 'route'),
                    '{{route}}'), unit='s'),
            series('Answers by status', 'A second; 429 are those who came too often.',
                   (total(PEOPLE, 'code'), '{{code}}'), unit='reqps', stacked=True, width=8),
            series('Bytes', 'Of the bodies of requests, and of answers.',
                   ('sum(rate(irc_now_http_request_bytes_total{route=~"$route"}'
                    '[$__rate_interval]))', 'received'),
                   ('sum(rate(irc_now_http_response_bytes_total{route=~"$route"}'
                    '[$__rate_interval]))', 'sent'), unit='Bps', width=8),
            series('Kinds of errors', 'Groups of answers of 400 and above since midnight (UTC), by'
                   ' page, cause and status, of the portal, txt and pics. One more is something'
                   ' new.',
                   ('max(irc_now_error_groups{})', 'groups'), width=8),
            table('Pages in the shown time', 'Requests, the share that failed, and how long half'
                  ' and 95 % of them took at most.',
                  [('Requests', increased(PEOPLE, 'route'), 'short'),
                   ('Failed', failed_of('route'), 'percentunit'),
                   *[(name, f'histogram_quantile({q}, sum by (le, route) (increase('
                      f'irc_now_http_request_duration_seconds_bucket{{{PEOPLE}}}[$__range])))', 's')
                     for name, q in (('p50', 0.5), ('p95', 0.95))]])),
        row('Database',
            series('Statements', 'A second, by the pool of connections and what they came to.',
                   ('sum by (pool, outcome) (rate(irc_now_db_queries_total{}[$__rate_interval]))',
                    '{{pool}} {{outcome}}'), unit='ops', stacked=True),
            series('Statements that failed', 'Share of all statements of the pool; those that'
                   ' nobody waited for any more did not fail.',
                   (share('sum by (pool) (rate(irc_now_db_queries_total{outcome!~"ok|gone"}'
                          '[$__rate_interval]))',
                          'sum by (pool) (rate(irc_now_db_queries_total{}[$__rate_interval]))'),
                    '{{pool}}'), unit='percentunit',
                   lines=[(None, 'green'), (0.01, 'orange'), (0.2, 'red')]),
            series('Duration of statements', '95 % and 99 % are faster.',
                   *[(quantile(q, 'irc_now_db_query_duration_seconds', '', 'pool'),
                      f'{{{{pool}}}} p{int(q * 100)}') for q in (0.95, 0.99)], unit='s', width=8),
            series('Wait for a connection', '95 % and 99 % wait for less. Growing: the pool is too'
                   ' small, or statements are slow.',
                   *[(quantile(q, 'irc_now_db_wait_seconds', '', 'pool'),
                      f'{{{{pool}}}} p{int(q * 100)}') for q in (0.95, 0.99)], unit='s', width=8),
            series('Connections', 'Of all workers of all replicas; jobs have their own, as many as'
                   ' run.',
                   *[(f'sum by (pool) (irc_now_db_connections_{what}{{}})', f'{{{{pool}}}} {word}')
                     for what, word in (('max', 'allowed'), ('open', 'open'), ('busy', 'busy'))],
                   width=8),
            series('Statements in the queue', 'Waiting for a connection. More than 0 for minutes:'
                   ' the alert PortalDatabasePoolExhausted is near.',
                   ('sum by (instance) (irc_now_db_queue_length{})', '{{instance}}'),
                   lines=[(None, 'green'), (1, 'orange')]),
            series('Errors of pages', 'Statements of pages that failed, by kind.',
                   ('sum by (kind) (rate(irc_now_db_errors_total{}[$__rate_interval]))',
                    '{{kind}}'), unit='ops', noValue=NONE)),
        row('Workers',
            stat('Alive', 'Worker processes that answer, of all replicas.',
                 'sum(irc_now_workers{})'),
            stat('Started in an hour', 'More than there are workers, without a restart of the'
                 ' program: they crash.',
                 'sum(increase(irc_now_worker_starts_total{}[1h]))', decimals=0),
            stat('Running for', 'The replica that was started last.',
                 'min(time() - process_start_time_seconds{})', unit='s'),
            table('Versions', 'What each replica runs.',
                  [('Replicas', 'count by (job, version) (irc_now_build_info{})', 'short')],
                  width=12, height=4),
            series('CPU', 'Of the parent and all workers, in whole processors.',
                   ('sum by (job, instance) (rate(process_cpu_seconds_total{}'
                    '[$__rate_interval]))', '{{job}} {{instance}}'), width=8),
            series('Memory', 'Resident; pages that processes share count for each.',
                   ('sum by (job, instance) (process_resident_memory_bytes{})',
                    '{{job}} {{instance}}'), unit='bytes', width=8),
            series('Descriptors', 'Share of those that may be open.',
                   ('sum by (job, instance) (process_open_fds{})'
                    ' / sum by (job, instance) (process_max_fds{})', '{{job}} {{instance}}'),
                   unit='percentunit', width=8,
                   lines=[(None, 'green'), (0.8, 'orange'), (0.95, 'red')]),
            series('Background tasks', 'What blocks runs beside the pages; waiting for a thread for'
                   ' long means that there are too few.',
                   ('sum(irc_now_background_tasks_running{})', 'at work'),
                   ('sum(irc_now_background_tasks_waiting{})', 'waiting')),
            series('Lost lines of the log', 'Nobody read standard output, so they were dropped.',
                   ('sum by (instance) (rate(irc_now_log_lines_dropped_total{}'
                    '[$__rate_interval]))', '{{instance}}'), unit='cps',
                   lines=[(None, 'green'), (0.001, 'orange')])),
        row('At the door',
            series('Attempts to sign in', 'A minute, by how they came to an end.',
                   ('sum by (result) (rate(irc_now_login_attempts_total{}[$__rate_interval])) * 60',
                    '{{result}}'), unit='opm', noValue=NONE),
            series('Turned away', 'Answers of 429 a minute, by the limit that was met.',
                   ('sum by (limit) (rate(irc_now_rate_limited_requests_total{}'
                    '[$__rate_interval])) * 60', '{{limit}}'), unit='opm', noValue=NONE)),
        row('Pastes and pictures',
            series('Made', 'Pastes and pictures an hour.',
                   ('sum(rate(irc_now_paste_created_total{}[$__rate_interval])) * 3600', 'pastes'),
                   ('sum(rate(irc_now_pic_uploaded_total{}[$__rate_interval])) * 3600',
                    'pictures'), width=8),
            series('Refused', 'Pastes and pictures an hour that were sent and not kept, by why.',
                   ('sum by (reason) (rate(irc_now_paste_refused_total{}[$__rate_interval]))'
                    ' * 3600', 'paste: {{reason}}'),
                   ('sum by (reason) (rate(irc_now_pic_refused_total{}[$__rate_interval]))'
                    ' * 3600', 'picture: {{reason}}'), width=8, noValue=NONE),
            series('Time that work takes', '95 % of pastes are coloured, and of pictures cleaned,'
                   ' within.',
                   (quantile(0.95, 'irc_now_paste_colouring_seconds', ''), 'colouring'),
                   (quantile(0.95, 'irc_now_pic_processing_seconds', ''), 'cleaning'),
                   unit='s', width=8)),
    ])
