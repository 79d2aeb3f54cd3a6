"""The plan compiler: any Chinese government plan → targets, measures and responsible units. A pure function
of the text.
"""

from .compile import compile_file, compile_source, compile_text
from .readers import DocumentError, Source, read_bytes, read_file

__all__ = ["DocumentError", "Source", "compile_file", "compile_source", "compile_text", "read_bytes", "read_file"]
