"""Bouncers: how they are, who is connected, and how they come into being."""
from panels import COUNTED_BY_JOBS, NONE, dashboard, row, series, stat

ADMIN = [('Bouncers in the portal', '/admin/bouncers')]

BOARD = dashboard(
    'portal-bouncers', 'Portal: bouncers',
    'Bouncers that the portal made, as its rounds of samples find them once a minute.',
    pages=[('Bouncers', '/admin/bouncers')],
    rows=[
        row('Now',
            stat('Up', 'Ready at the last sample.', 'max(irc_now_bouncers{state="up"})',
                 links=ADMIN, thresholds=[(None, 'green')]),
            stat('Down', 'Should run and did not answer as ready.',
                 'max(irc_now_bouncers{state="down"})', links=ADMIN,
                 thresholds=[(None, 'green'), (1, 'orange'), (3, 'red')]),
            stat('Not known', 'No sample for three minutes: not the same as down.',
                 'max(irc_now_bouncers{state="unknown"})', links=ADMIN,
                 thresholds=[(None, 'green'), (1, 'orange')]),
            stat('Clients', 'IRC clients connected to bouncers whose soju counts them for itself.',
                 'max(irc_now_bouncer_clients{})'),
            stat('Active in 24 hours', 'Accounts with a client connected, rolling.',
                 'max(irc_now_bouncer_active_users{})'),
            stat('Messages a second', 'Lines from and to networks, of every soju.',
                 'max(rate(irc_now_messages_relayed_total{}[$__rate_interval]))', unit='mps',
                 interval=COUNTED_BY_JOBS, decimals=1)),
        row('Over time',
            series('Bouncers by how they are', 'As at the last sample; off: suspended or being'
                   ' deleted.', ('max by (state) (irc_now_bouncers{})', '{{state}}'),
                   stacked=True),
            series('Networks by how they are', 'As their soju last told; those of a bouncer that is'
                   ' not up are not known.',
                   ('max by (state) (irc_now_bouncer_networks{})', '{{state}}'), stacked=True),
            series('Clients over time', 'IRC clients connected.',
                   ('max(irc_now_bouncer_clients{})', 'clients')),
            series('Messages', 'Lines from and to networks a second.',
                   ('max(rate(irc_now_messages_relayed_total{}[$__rate_interval]))', 'messages'),
                   unit='mps', interval=COUNTED_BY_JOBS)),
        row('Making and removing',
            series('Bouncers by state', 'On the way from requested to ready, and to removed.',
                   ('max by (state) (irc_now_bouncer_states{})', '{{state}}'), stacked=True,
                   links=ADMIN),
            series('Steps', 'A minute, by step and what it came to.',
                   ('sum by (step, outcome) (rate(irc_now_bouncer_steps_total{}'
                    '[$__rate_interval])) * 60', '{{step}} {{outcome}}'), unit='opm',
                   noValue=NONE),
            series('Longest wait', 'How long the bouncer that waits longest has been due for its'
                   ' next step.', ('max(irc_now_bouncer_waiting_seconds{})', 'waits'), unit='s',
                   width=8, lines=[(None, 'green'), (900, 'red')]),
            series('Age of the oldest sample', 'Of a bouncer that should run; a round is due every'
                   ' minute.', ('max(irc_now_bouncer_sample_age_seconds{})', 'age'), unit='s',
                   width=8, lines=[(None, 'green'), (300, 'red')]),
            series('Time that a round takes', 'Of samples of all bouncers.',
                   ('max(irc_now_bouncer_health_duration_seconds{})', 'round'), unit='s',
                   width=8, lines=[(None, 'green'), (60, 'red')])),
    ])
