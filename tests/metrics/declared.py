"""The metrics that the program may tell, by its source."""
import pathlib
import re

SOURCE = pathlib.Path(__file__).resolve().parents[2] / 'src'


def declared_names():
    """All of them, of any role, as queries name them."""
    text = (SOURCE / 'metrics/metrics.h').read_text(encoding='utf-8')
    names = set(re.findall(r'"(irc_now_\w+)"', text))
    return names | {name + suffix for name in names for suffix in ('_bucket', '_sum', '_count')}


def figure_names():
    """Those that every replica tells alike."""
    text = (SOURCE / 'metrics/metrics.h').read_text(encoding='utf-8')
    table = re.search(r'#define METRIC_FIGURES\(\w\)(.*?[^\\]\n)', text, re.S)[1]
    return set(re.findall(r'"(irc_now_\w+)"', table))
