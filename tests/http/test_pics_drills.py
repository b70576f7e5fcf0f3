"""What goes wrong around pics: full disks, S3 and the database away, workers that die."""
import argparse
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

from client import request, sql
from patience import PATIENCE_S, wait_until
from pics_service import Pics
from pictures import noise, png
from services import new_token

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'sim'))
import s3  # noqa: E402

KEYS = {'S3_BUCKET': 'pics', 'S3_ACCESS_KEY_ID': 'AKIDEXAMPLE', 'S3_SECRET_ACCESS_KEY': 'x' * 40}


class Drill(unittest.TestCase):
    pics = None

    def setUp(self):
        self.sub = 'drill-' + secrets.token_hex(4)
        self.token = new_token(self.sub)
        self.addCleanup(sql, f"DELETE FROM users WHERE keycloak_sub = '{self.sub}'")

    def start(self, **settings):
        self.pics = Pics(**settings)
        self.addCleanup(self.pics.stop)

    def post(self, body, timeout=40):
        return request('POST', self.pics.url + '/api/pictures',
                       {'authorization': f'Bearer {self.token}'}, body, timeout)

    def states(self):
        return [row[0] for row in self.pics.sql('SELECT state FROM pictures ORDER BY id')]

    def wait(self, condition, what):
        wait_until(condition, lambda: f'{what}: {self.states()} {self.pics.portal.log()[-1500:]}',
                   pause=0.1)

    def sweep(self):
        """As if a quarter of an hour had gone by, and the job had run."""
        self.pics.portal.stop()  # else its job runs, is killed, and the next one waits for it
        self.pics.sql("UPDATE pictures SET created_at = created_at - interval '15 minutes',"
                      " remove_at = remove_at - interval '15 minutes'")
        self.pics.sql('DELETE FROM job_runs')
        self.pics.restart()
        self.wait(lambda: not set(self.states()) - {'live'}, 'the end of all that is not live')
        self.pics.counters_are_true(self)

    def doctor(self, **settings):
        env = {**os.environ, **self.pics.settings, **settings}
        run = subprocess.run([os.environ['PORTAL_BIN'], 'doctor'], env=env, capture_output=True,
                             text=True, check=False, timeout=60)
        return run.stdout + run.stderr, run.returncode

    def good(self):
        answer = self.post(png(seed=int(time.monotonic() * 1000)))
        self.assertEqual(answer.status, 201, answer.text)
        return answer.text.strip()


class Folder(Drill):
    def test_a_row_that_never_came_to_life(self):
        """The database goes away between the bytes and the row: nothing is shown, all is swept."""
        self.start()
        self.pics.sql(
            'CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS'
            ' $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END$$;'
            ' CREATE TRIGGER die BEFORE UPDATE ON pictures FOR EACH ROW EXECUTE FUNCTION die()')
        answer = self.post(png())
        self.assertEqual(answer.status, 503)
        self.assertIn('does not answer', answer.text)
        self.assertEqual(self.states(), ['pending'])
        self.assertEqual(len(self.pics.files()), 2)
        self.assertEqual(self.pics.usage(self.sub), {'image_count': 0, 'storage_bytes': 0})
        self.pics.counters_are_true(self)
        self.pics.sql('DROP TRIGGER die ON pictures')
        self.good()
        self.sweep()
        self.assertEqual(self.states(), ['live'])
        self.assertEqual(len(self.pics.files()), 2)

    def test_deleted_bytes_are_gone_after_the_job(self):
        self.start()
        # The job runs at the start, too: not amid what follows.
        self.wait(lambda: self.runs() == [['ok']], 'its first run')
        url = self.good()
        self.good()
        answer = request('DELETE', self.pics.url + '/api/pictures/' + url[-17:-4],
                         {'authorization': f'Bearer {self.token}'})
        self.assertEqual(answer.status, 200, url)
        self.assertEqual(len(self.pics.files()), 4)
        self.sweep()
        self.assertEqual(len(self.pics.files()), 2)

    def test_what_cannot_be_deleted_keeps_nothing_else(self):
        """The others go, the job has failed, and what was left goes once it can."""
        self.start()
        self.good()
        stuck = next(pathlib.Path(self.pics.pictures.name).rglob('*.full'))
        for _ in range(2):
            self.good()
        self.pics.portal.stop()  # whose job may be due just now
        stuck.unlink()
        stuck.mkdir()
        self.pics.sql("UPDATE pictures SET state = 'gone', remove_at = now() - interval '1 hour'"
                      " * (10 - id); UPDATE usage SET count = 0, bytes = 0;"
                      ' DELETE FROM job_runs')
        self.pics.restart()
        self.wait(lambda: self.states() == ['gone'], 'one that is left')
        self.assertEqual(len(self.pics.files()), 1, 'its thumbnail is tried again with it')
        # Lines are written together, twice a second.
        self.wait(lambda: 'cannot be deleted' in self.pics.portal.log(), 'its line')
        self.assertEqual(
            self.pics.sql("SELECT remove_at > now() + interval '5 minutes' FROM pictures"),
            [['t']])
        self.wait(lambda: self.runs() == [['failed']], 'its failure')
        stuck.rmdir()
        self.sweep()
        self.assertEqual(self.pics.files(), [])

    def runs(self):
        return self.pics.sql("SELECT outcome FROM job_runs WHERE job = 'pics_sweep'")

    @unittest.skipUnless(os.getuid() == 0, 'only root makes a disk')
    def test_a_full_disk(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, folder)
        if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', folder],
                          check=False, capture_output=True).returncode != 0:
            self.skipTest('no disk can be mounted here')
        self.addCleanup(subprocess.run, ['umount', '-l', folder], check=True)
        self.start(PICS_DIR=folder)
        for n in range(10):
            answer = self.post(noise(150, 150, seed=n))
            if answer.status != 201:
                break
        self.assertEqual(answer.status, 507, answer.text)
        self.assertIn('storage is full', answer.text)
        self.assertNotIn('pending', self.states())
        self.pics.counters_are_true(self)
        self.sweep()
        self.assertGreaterEqual(self.pics.usage(self.sub)['image_count'], 1)

    def test_a_worker_that_is_killed(self):
        self.start()
        big = png(6000, 6000)
        errors = []

        def send():
            try:
                errors.append(self.post(big).status)
            except OSError as error:
                errors.append(error)

        threads = [threading.Thread(target=send) for _ in range(3)]
        for t in threads:
            t.start()
        time.sleep(0.4)
        for pid in self.pics.portal.workers():
            os.kill(pid, signal.SIGKILL)
        for t in threads:
            t.join()
        self.good()
        self.sweep()
        self.assertEqual(len(self.pics.files()) // 2, self.pics.usage(self.sub)['image_count'])

    def test_a_file_that_somebody_took(self):
        self.start()
        url = self.good()
        for file in pathlib.Path(self.pics.pictures.name).rglob('*.full'):
            file.write_bytes(b'other')
        self.assertEqual(request('GET', url).status, 503)
        self.assertIn('is not as it was stored', self.pics.portal.log())

    def test_who_leaves_while_it_is_worked_on_has_it_stored(self):
        self.start()
        self.wait(lambda: self.runs() == [['ok']], 'its first run')  # a task, too
        parts, body = urllib.parse.urlsplit(self.pics.url), png(5000, 4000)
        with socket.create_connection((parts.hostname, parts.port), PATIENCE_S) as s:
            s.sendall(f'POST /api/pictures HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n'
                      f'Authorization: Bearer {self.token}\r\n\r\n'.encode() + body)
            wait_until(lambda: self.pics.metric('irc_now_background_tasks_running') > 0,
                       'its beginning', pause=0)
            s.setblocking(False)
            with self.assertRaises(BlockingIOError):
                s.recv(1)
        self.wait(lambda: self.states() == ['live'], 'a live one')

    def test_the_doctor_tries_the_folder(self):
        self.start()
        text, status = self.doctor()
        self.assertEqual(status, 0, text)
        self.assertIn('PICS_DIR: a file can be put, read and deleted', text)
        self.assertEqual(self.pics.files(), [])
        text, status = self.doctor(PICS_DIR='/dev/null')
        self.assertEqual(status, 1, text)
        self.assertRegex(text, '(?m)^wrong .*PICS_DIR')


class S3(Drill):
    def setUp(self):
        super().setUp()
        self.server = s3.serve(argparse.Namespace(
            port=0, bucket='pics', key_id=KEYS['S3_ACCESS_KEY_ID'],
            secret=KEYS['S3_SECRET_ACCESS_KEY'], region='us-east-1', cert=None, key=None))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.start(S3_ENDPOINT=self.server.url, PICS_DIR='', **KEYS)

    def objects(self):
        return self.server.storage.state()['objects']

    def test_pictures_are_there(self):
        url = self.good()
        self.assertEqual(sorted(o['type'] for o in self.objects().values()),
                         ['image/png', 'image/webp'])
        whole = request('GET', url)
        self.assertEqual((whole.status, whole.header('content-type')), (200, 'image/png'))
        part = request('GET', url, {'range': 'bytes=5-9'})
        self.assertEqual((part.status, part.body), (206, whole.body[5:10]))
        gets = self.server.storage.state()['counts']['GET']
        same = request('GET', url, {'if-none-match': whole.header('etag')})
        self.assertEqual(same.status, 304)
        self.assertEqual(request('HEAD', url).header('content-length'), str(len(whole.body)))
        self.assertEqual(self.server.storage.state()['counts']['GET'], gets, 'asked for nothing')
        self.assertEqual(self.calls('ok'), sum(self.server.storage.state()['counts'].values()))
        self.assertGreater(
            self.pics.metric('irc_now_outside_last_success_timestamp_seconds', service='s3'), 0)

    def calls(self, result):
        """What we have counted of calls to the storage."""
        return self.pics.metric('irc_now_outside_calls_total', service='s3', result=result)

    def test_the_doctor_tries_s3(self):
        text, status = self.doctor()
        self.assertEqual(status, 0, text)
        self.assertIn('S3_BUCKET: a file can be put, read and deleted', text)
        self.assertEqual(self.objects(), {})
        self.server.storage.control({'mode': 'error'})
        text, status = self.doctor()
        self.assertEqual(status, 1, text)
        self.assertRegex(text, '(?m)^wrong +S3_BUCKET: pictures cannot be kept: the storage')
        self.server.storage.control({'mode': 'ok'})
        text, status = self.doctor(S3_SECRET_ACCESS_KEY='y' * 40)
        self.assertEqual(status, 1, text)
        self.assertRegex(text, '(?m)^wrong +S3_BUCKET: ')
        self.assertNotIn('y' * 40, text)

    def test_s3_is_away(self):
        url = self.good()
        for mode, status in (('down', 503), ('error', 503), ('full', 507), ('cut', 503),
                             ('garbage', 503)):
            self.server.storage.control({'mode': mode})
            answer = self.post(png(seed=3))
            self.assertEqual(answer.status, status, mode)
            if mode != 'full':
                self.assertEqual(request('GET', url).status, 503, mode)
            self.assertEqual(request('GET', self.pics.url + '/').status, 200, mode)
        self.server.storage.control({'mode': 'ok'})
        for result in ('cut', 'status'):
            self.assertGreater(self.calls(result), 0, result)
        self.assertEqual(self.pics.usage(self.sub)['image_count'], 1)
        self.assertEqual(request('GET', url).status, 200)
        self.sweep()
        self.assertEqual(len(self.objects()), 2)

    def test_only_the_second_put_fails(self):
        """The first bytes are there already, and go with the job."""
        self.server.storage.control({'mode': 'ok'})
        real = type(self.server.storage).fault
        puts = []

        def fault(storage, method):
            if method == 'PUT':
                puts.append(method)
            return 'error' if method == 'PUT' and len(puts) > 1 else real(storage, method)

        self.server.storage.fault = fault.__get__(self.server.storage)
        self.assertEqual(self.post(png()).status, 503)
        del self.server.storage.fault
        self.assertGreater(len(puts), 1)  # the first was taken; by now a sweep may have come by itself
        self.sweep()
        self.assertEqual(len(self.objects()), 0)

    def test_a_worker_that_is_killed_while_s3_hangs(self):
        self.server.storage.control({'mode': 'hang', 'methods': ['PUT']})
        thread = threading.Thread(target=lambda: self.assertRaises(OSError, self.post, png()))
        thread.start()
        self.wait(lambda: self.states() == ['pending'], 'a pending one')
        for pid in self.pics.portal.workers():
            os.kill(pid, signal.SIGKILL)
        thread.join()
        self.server.storage.control({'mode': 'ok'})
        self.sweep()
        self.assertEqual(self.states(), [])
        self.assertEqual(len(self.objects()), 0)


if __name__ == '__main__':
    unittest.main()
