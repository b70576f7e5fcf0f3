"""pics of a test's own, API tokens for it, and uploading as a browser does."""
import pathlib
import tempfile

from client import INTERNAL
from services import Service, multipart, token_of

ID = '[1-9A-HJ-NP-Za-km-z]{13}'


class Pics(Service):
    """pics with a folder of its own and the portal to ask about tokens."""

    def __init__(self, **settings):
        self.pictures = tempfile.TemporaryDirectory()
        super().__init__('pics', **{'PICS_DIR': self.pictures.name,
                                    'PORTAL_INTERNAL_URL': INTERNAL, **settings})

    def files(self):
        """Names of all blobs that are stored, and of what is on its way."""
        return sorted(p.name for p in pathlib.Path(self.pictures.name).rglob('*') if p.is_file())

    def counters_are_true(self, test):
        test.assertEqual(
            self.sql('SELECT user_id, count, bytes, reserved_bytes FROM usage'
                     ' WHERE count + bytes + reserved_bytes > 0 ORDER BY 1'),
            self.sql("SELECT user_id, count(*) FILTER (WHERE state = 'live'),"
                     " coalesce(sum(stored_bytes) FILTER (WHERE state = 'live'), 0),"
                     " coalesce(sum(stored_bytes) FILTER (WHERE state = 'pending'), 0)"
                     " FROM pictures WHERE state <> 'gone' GROUP BY 1 ORDER BY 1"))


def upload(browser, files, fields=(), **headers):
    """Sends the form as a browser does; files are bytes, or (name, bytes)."""
    csrf = token_of(browser.get('/'), '/')
    parts = [('file', *(f if isinstance(f, tuple) else ('a.png', f))) for f in files]
    body, kind = multipart([('csrf', csrf), *fields],
                           [(field, name, 'image/png', data) for field, name, data in parts])
    return browser.send('POST', '/', {**kind, **headers}, body)
