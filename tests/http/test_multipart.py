"""Forms posted as multipart/form-data: read as the urlencoded ones are, refused with a sentence."""
import re
import unittest

from client import PORTAL, Browser, hidden_fields, request

PAGE = '/account/sessions'
BOUNDARY = '----formdata-7f3a'
TYPE = f'multipart/form-data; boundary={BOUNDARY}'
LAST = f'--{BOUNDARY}--\r\n'


def part(name, value, parameters='', more=''):
    return (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{parameters}\r\n'
            f'{more}\r\n{value}\r\n')


def form(fields):
    return ''.join(part(name, value) for name, value in fields.items()) + LAST


class Multipart(unittest.TestCase):
    def setUp(self):
        self.sub = f'multipart-{id(self)}'
        self.here = Browser()
        self.here.sign_in(self.sub)

    def post(self, path, body, content_type=TYPE, **headers):
        return self.here.send('POST', path, {'content-type': content_type, **headers},
                              body.encode())

    def form_of_the_other_session(self):
        """The fields of the form that ends it."""
        rows = re.findall(r'<li class="card row">.*?</li>', self.here.get(PAGE).text, re.S)
        forms = [dict(hidden_fields(row)) for row in rows]
        return next(fields for fields in forms if 'id' in fields)

    def check_refused(self, answer, status, sentence):
        self.assertEqual(answer.status, status, answer.text[-400:])
        self.assertIn(sentence, answer.text)
        self.assertEqual(self.here.get('/dashboard').status, 200, 'it did something')

    def test_broken_forms(self):
        field = part('csrf', self.here.csrf())
        many = ''.join(part(f'f{i}', '') for i in range(200))
        for body, status, sentence in (
                ('', 400, 'did not arrive whole'),
                (field, 400, 'did not arrive whole'),
                (field + LAST[:-4], 400, 'did not arrive whole'),
                ('csrf=x', 400, 'does not begin with its boundary'),
                ('\r\n' + field + LAST, 400, 'does not begin with its boundary'),
                (field + LAST + 'more', 400, 'goes on behind its last boundary'),
                (field.replace('; name="csrf"', '') + LAST, 400, 'has no name'),
                (field.replace('Content-Disposition', 'Content Disposition') + LAST, 400,
                 'head of a part of the form could not be read'),
                (field + part('a', '\0') + LAST, 400, 'not text'),
                (field + part('a', '', '; filename="a.png"', 'Content-Type: image/png\r\n') + LAST,
                 400, 'This form takes no files.'),
                (field + part('a', '', '; filename=""') + LAST, 400, 'This form takes no files.'),
                (field + part('a', '', more='X: ' + 'y' * 5000 + '\r\n') + LAST, 413, 'too long'),
                (field + many + LAST, 413, 'too many parts')):
            with self.subTest(sentence, body=body[-60:]):
                self.check_refused(self.post('/signout', body), status, sentence)

    def test_broken_types(self):
        body = form({'csrf': self.here.csrf()})
        for content_type, sentence in (
                ('multipart/form-data', 'names no boundary'),
                ('multipart/form-data; boundary=' + 'b' * 71, '1 to 70'),
                ('multipart/form-data; boundary="b<"', '1 to 70'),
                (TYPE + '; boundary=b', 'two boundaries'),
                (TYPE + 'x', 'does not begin with its boundary')):
            with self.subTest(content_type):
                self.check_refused(self.post('/signout', body, content_type), 400, sentence)

    def test_without_a_good_token(self):
        for fields in ({}, {'csrf': ''}, {'csrf': 'x'}, {'x': self.here.csrf()}):
            with self.subTest(fields):
                self.check_refused(self.post('/signout', form(fields)), 403, 'sign-in')
        foreign = self.post('/signout', form({'csrf': self.here.csrf()}),
                            origin='https://evil.example')
        self.check_refused(foreign, 403, 'another site')

    def test_a_stranger(self):
        answer = request('POST', PORTAL + PAGE + '/end', {'content-type': TYPE},
                         form({'id': '1'}).encode())
        self.assertEqual(answer.status, 401)

    def test_ending_a_session(self):
        other = Browser()
        other.sign_in(self.sub)
        good = self.form_of_the_other_session()
        answer = self.post(PAGE + '/end', form({**good, 'id': 'x'}))
        self.assertEqual(answer.status, 400)
        self.assertEqual(other.get('/dashboard').status, 200)
        answer = self.post(PAGE + '/end', form(good))
        self.assertEqual((answer.status, answer.header('location')), (303, PAGE + '?ended=one'))
        self.assertEqual(other.get('/dashboard').status, 303, 'the ended session still works')
        self.assertEqual(self.here.get('/dashboard').status, 200)

    def test_signing_out(self):
        answer = self.post('/signout', form({'csrf': self.here.csrf()}))
        self.assertEqual(answer.status, 303, answer.text[-400:])
        self.assertEqual(self.here.get('/dashboard').status, 303, 'still signed in')


if __name__ == '__main__':
    unittest.main()
