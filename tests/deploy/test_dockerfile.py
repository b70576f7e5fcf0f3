"""What reads the Dockerfile for the other tests."""
import unittest

import dockerfile

TEXT = '''# a comment
FROM debian:bookworm AS build
RUN apt-get update \\
    # a comment between
    && true
COPY --from=x a b
FROM debian:bookworm-slim
ENV A=1 B="two words"
ENV C=3
WORKDIR /srv
USER 1:2
EXPOSE 80 81
HEALTHCHECK --interval=1s --timeout=2s CMD curl x || exit 1
CMD ["./a", "-b"]
'''


class Dockerfile(unittest.TestCase):
    def test_stages_and_steps(self):
        build, final = dockerfile.read(TEXT)
        self.assertEqual((build.base, build.name), ('debian:bookworm', 'build'))
        self.assertEqual(build.steps, [('RUN', 'apt-get update     && true'),
                                       ('COPY', '--from=x a b')])
        self.assertEqual((final.base, final.name), ('debian:bookworm-slim', None))
        self.assertEqual(final.env, {'A': '1', 'B': 'two words', 'C': '3'})
        self.assertEqual(final.values, {'WORKDIR': '/srv', 'USER': '1:2'})
        self.assertEqual(final.ports, [80, 81])
        self.assertEqual(final.healthcheck, 'curl x || exit 1')
        self.assertEqual(final.command, ['./a', '-b'])

    def test_what_it_does_not_know_is_an_error(self):
        for line in ('ADD x y', 'VOLUME /x', 'CMD ./a -b', 'HEALTHCHECK NONE', 'ENV A 1'):
            with self.subTest(line), self.assertRaises((ValueError, TypeError)):
                dockerfile.read('FROM debian:bookworm\n' + line + '\n')

    def test_what_is_ignored(self):
        ignored = dockerfile.Ignored('*\n!conf\n!src\nconf/kubernetes\n')
        for path, is_out in (('README.md', True), ('conf', False), ('conf/a.conf', False),
                             ('conf/kubernetes', True), ('conf/kubernetes/a.yaml', True),
                             ('src/a/b.c', False), ('srcs', True)):
            self.assertEqual(path in ignored, is_out, path)


if __name__ == '__main__':
    unittest.main()
