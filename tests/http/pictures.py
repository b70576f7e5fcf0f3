"""Pictures for the tests: made here, or those of tests/data/pictures."""
import pathlib
import random
import struct
import zlib

DATA = pathlib.Path(__file__).resolve().parents[1] / 'data/pictures'


def data(name):
    return (DATA / name).read_bytes()


def chunk(kind, content):
    return (struct.pack('>I', len(content)) + kind + content
            + struct.pack('>I', zlib.crc32(kind + content)))


def png(width=40, height=30, seed=0, level=6):
    """A picture of one seed is like no other; level 0 makes it large."""
    row = bytes((x * 7 + seed * 31 + c * 50) & 255 for x in range(width) for c in range(3))
    rows = b''.join(b'\0' + row for _ in range(height))
    return (b'\x89PNG\r\n\x1a\n'
            + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows, level)) + chunk(b'IEND', b''))


def noise(width, height, seed=0):
    """A picture that nothing can make smaller."""
    r = random.Random(seed)
    rows = b''.join(b'\0' + r.randbytes(3 * width) for _ in range(height))
    return (b'\x89PNG\r\n\x1a\n'
            + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows, 1)) + chunk(b'IEND', b''))


def bomb(side=30000):
    """A PNG that says of itself to be enormous, and is well packed."""
    return (b'\x89PNG\r\n\x1a\n'
            + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(bytes(3 * side + 1) * 50, 9)) + chunk(b'IEND', b''))


def padded(size):
    """A good picture of exactly so many bytes; what is behind its end is no picture."""
    picture = png()
    return picture + b'\0' * (size - len(picture))
