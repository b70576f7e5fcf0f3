"""soju's way with words: splitting a command line, quoting a name, reading options."""


class Refused(Exception):
    """soju would not do it; the text is what it says."""


def split(line):
    """The words of a command line, as soju's manual tells it."""
    words, word, quote, is_word, escape = [], '', None, False, False
    for c in line:
        if escape:
            word, escape, is_word = word + c, False, True
        elif c == '\\':
            escape = True
        elif quote is None and c.isspace():
            if is_word:
                words.append(word)
            word, is_word = '', False
        elif c == quote:
            quote = None
        elif quote is None and c in '"\'':
            quote, is_word = c, True
        else:
            word, is_word = word + c, True
    if quote is not None:
        raise Refused('failed to parse command: unterminated quoted string')
    if escape:
        raise Refused('failed to parse command: unterminated backslash sequence')
    return words + [word] if is_word else words


def quoted(text):
    """As Go prints it with %q, near enough."""
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def options(words, known, most=0):
    """Options as {name: value} and what follows them; a name in `known` ending in ! has no value."""
    found, rest = {}, list(words)
    while rest and rest[0].startswith('-') and rest[0] != '-':
        word = rest.pop(0)
        if word == '--':
            break
        name, has_value, value = word.lstrip('-').partition('=')
        if name + '!' in known:
            value = value if has_value else 'true'
        elif name not in known:
            raise Refused(f'flag provided but not defined: -{name}')
        elif not has_value:
            if not rest:
                raise Refused(f'flag needs an argument: -{name}')
            value = rest.pop(0)
        found[name] = value
    if len(rest) > most:
        raise Refused(f'unexpected argument: {rest[most]}')
    return found, rest


def truth(text):
    if text.lower() in ('true', 't', '1'):
        return True
    if text.lower() in ('false', 'f', '0'):
        return False
    raise Refused(f'strconv.ParseBool: parsing {quoted(text)}: invalid syntax')
