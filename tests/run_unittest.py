"""Runs unittest files and counts: run_unittest.py COUNTS FILE...

Writes "passed failed skipped" to the file COUNTS. A test with several failing sub-tests is one
failed test; a file that cannot be loaded is one, too.
"""
import importlib.machinery
import importlib.util
import os
import sys
import unittest


class CountingResult(unittest.TextTestResult):
    """unittest itself does not say how many passed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def failed_tests(self):
        pairs = self.failures + self.errors
        ids = {getattr(test, 'test_case', test).id() for test, _ in pairs}
        return len(ids) + len(self.unexpectedSuccesses)


def load(path):
    name = os.path.splitext(os.path.basename(path))[0]
    loader = importlib.machinery.SourceFileLoader(name, path)  # whatever its name ends with
    spec = importlib.util.spec_from_loader(name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def run(paths):
    """(passed, failed, skipped) of all files."""
    suite = unittest.TestSuite()
    broken = 0
    for path in paths:
        sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
        try:
            suite.addTest(load(path))
        except Exception as error:  # whatever a test file can do wrong
            print(f'{path} cannot be loaded: {error!r}', file=sys.stderr)
            broken += 1
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=CountingResult)
    result = runner.run(suite)
    if result.testsRun == 0 and broken == 0:
        print('there are no tests', file=sys.stderr)
        broken = 1
    passed = result.passed + len(result.expectedFailures)
    return passed, result.failed_tests() + broken, len(result.skipped)


def main():
    counts = run(sys.argv[2:])
    with open(sys.argv[1], 'w', encoding='ascii') as out:
        print(*counts, file=out)
    return 0 if counts[1] == 0 else 1


if __name__ == '__main__':
    sys.exit(main())
