"""The statements of a page view, taken from PostgreSQL's log, so that they stand nowhere twice."""
import collections
import re
import time

from stack import STATE, Failed, admin

VIEWS = 4
PAGE_STATEMENTS = 2  # session with account, dashboard

EXECUTE = re.compile(r'\[(\d+)\] LOG:  execute \S+: (.*)')
PARAMETERS = re.compile(r"\[(\d+)\] DETAIL:  parameters: (.*)")
PARAMETER = re.compile(r"\$(\d+) = (?:'((?:[^']|'')*)'|(NULL))")


def capture(account):
    """The page's statements in their order: pairs of text and values, None for NULL."""
    views = []
    log_everything(True)
    try:
        for _ in range(VIEWS):
            begun = len(log_text())
            account.view()
            time.sleep(0.2)  # the server writes its log a moment later
            views.append(statements(log_text()[begun:]))
    finally:
        log_everything(False)
    # Jobs and refreshes may run at any time, but not in each view.
    counts = collections.Counter(text for view in views for text in dict(view))
    page = [pair for pair in views[-1] if counts[pair[0]] == VIEWS]
    if len(page) != PAGE_STATEMENTS:
        raise Failed(f'a warm view of /dashboard should run {PAGE_STATEMENTS} statements, but'
                     f' PostgreSQL\'s log shows {len(page)}: {[text for text, _ in page]}')
    return page


def log_text():
    return (STATE / 'postgres/log.txt').read_text(encoding='utf-8', errors='replace')


def log_everything(is_on):
    admin("ALTER SYSTEM SET log_statement = 'all'" if is_on else 'ALTER SYSTEM RESET log_statement')
    admin('SELECT pg_reload_conf()')
    time.sleep(0.3)  # until every server process has heard of it


def statements(log):
    found, backend = [], None
    for line in re.sub(r'\n\t', ' ', log).splitlines():
        execute, parameters = EXECUTE.search(line), PARAMETERS.search(line)
        if execute:
            backend = execute.group(1)
            found.append((execute.group(2), []))
        elif parameters and parameters.group(1) == backend:
            found[-1][1].extend(None if null else value.replace("''", "'") for _, value, null
                                in PARAMETER.findall(parameters.group(2)))
    return found


def write_literal_script(page, file):
    """For the simple protocol: the values stand in the statements."""
    def literal(value):
        return 'NULL' if value is None else "'" + value.replace("'", "''") + "'"

    file.write_text(''.join(
        re.sub(r'\$(\d+)', lambda m, v=values: literal(v[int(m.group(1)) - 1]), text) + ';\n'
        for text, values in page))
    return file


def write_parameter_script(page, file):
    """For the other protocols; the options that give pgbench the values come second."""
    lines, options = [], []
    for n, (text, values) in enumerate(page):
        lines.append(re.sub(r'\$(\d+)', rf':s{n}_\1', text) + ';\n')
        for i, value in enumerate(values):
            options += ['-D', f's{n}_{i + 1}={value}']
    file.write_text(''.join(lines))
    return file, options
