"""Whether a PDF opens only with a password: a program of its own, because what a file does to its reader
shall end there.

Reads the file on standard input, answers by its exit status: 0 opens for everybody (also when only printing
or changing is restricted), 3 needs a password, any other: not readable.
"""

import sys
from io import BytesIO

LOCKED = 3
MEMORY = 512 * 1024 * 1024  # bytes of address space
CPU_SECONDS = 10


def main() -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(BytesIO(sys.stdin.buffer.read()))
    locked = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
    return LOCKED if locked else 0


if __name__ == "__main__":
    sys.exit(main())
