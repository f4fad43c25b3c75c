# Runs in the child process of python_lut: imports the user's script, then answers requests until the socket closes.
# python_process.hpp describes what is exchanged. Arguments: the socket's descriptor, the script, the function's name.
import os
import struct
import sys
import traceback
import types

socket, script, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]


class Refused(Exception):
    """What the function returned can't be used; the text says why."""


def read(count):
    data = bytearray(count)
    view = memoryview(data)
    while view:
        chunk = os.read(socket, min(len(view), 1 << 20))
        if not chunk:
            sys.exit(0)
        view[: len(chunk)] = chunk
        view = view[len(chunk) :]
    return data


def write(data):
    view = memoryview(data)
    while view:
        view = view[os.write(socket, view) :]


def report(text):
    data = " ".join(text.split()).encode("utf-8", "replace")
    write(b"E" + struct.pack("<I", len(data)) + data)


# "script.py:12: ValueError: no good, in: x = f(y)": the place is the innermost one within the user's own file.
def describe(error):
    if isinstance(error, Refused):
        return f"{script}: {name}() {error}"
    place, source = script, ""
    if isinstance(error, SyntaxError) and error.filename == script:
        return f"{script}:{error.lineno}: {type(error).__name__}: {error.msg}"
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script]
    if own:
        place, source = f"{script}:{own[-1].lineno}", own[-1].line
    text = f"{place}: {type(error).__name__}: {error}"
    return f"{text}, in: {source}" if source else text


def load_function():
    sys.path[0] = os.path.dirname(script)
    module = types.ModuleType("lut_script")
    module.__file__ = script
    sys.modules[module.__name__] = module
    with open(script, "rb") as file:
        exec(compile(file.read(), script, "exec"), module.__dict__)
    function = getattr(module, name, None)
    if not callable(function):
        raise Refused("is not defined in this script")
    return function


def as_array(value, what):
    try:
        array = numpy.asarray(value)
    except ValueError:
        raise Refused(f"returned {what} whose rows differ in length") from None
    if array.dtype.kind not in "biuf":
        raise Refused(f"returned {what} of dtype {array.dtype}, which are no plain numbers")
    return array


def checked_table(value, bits):
    table = as_array(value, "table entries")
    if table.size != 2**bits:
        raise Refused(f"returned a table of shape {table.shape}; {bits} bits need {2**bits} entries")
    with numpy.errstate(all="ignore"):
        table = table.reshape(-1).astype("<f4")
    for index in numpy.flatnonzero(~numpy.isfinite(table))[:1]:
        raise Refused(f"returned the table entry {table[index]} at index {index}")
    return table


def checked_codes(value, bits, shape):
    codes = as_array(value, "codes")
    count = int(numpy.prod(shape, dtype=numpy.int64))
    if codes.size != count:
        raise Refused(f"returned codes of shape {codes.shape} for weights of shape {shape}")
    codes = codes.reshape(-1)
    if codes.dtype.kind == "f" and not numpy.array_equal(codes, numpy.rint(codes)):
        raise Refused(f"returned codes of dtype {codes.dtype} that are not whole numbers")
    for index in numpy.flatnonzero((codes < 0) | (codes >= 2**bits))[:1]:
        raise Refused(f"returned the code {codes[index]} at index {index}; {bits} bits hold 0 to {2**bits - 1}")
    return codes.astype("u1")


# The weights are a new array at each call, as a function may well work in place.
def quantize(function, bits, values, shape):
    result = function(bits, values.astype(numpy.float64).reshape(shape))
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Refused("did not return a pair (lut, qw)")
    table = checked_table(result[0], bits)
    codes = checked_codes(result[1], bits, shape)
    return table.tobytes(), codes.tobytes()


def serve(function):
    values, shape = None, ()
    while True:
        request = bytes(read(1))
        if request == b"T":
            (rank,) = struct.unpack("<q", read(8))
            shape = struct.unpack(f"<{rank}q", read(8 * rank))
            values = numpy.frombuffer(read(4 * int(numpy.prod(shape, dtype=numpy.int64))), dtype="<f4")
            continue
        (bits,) = struct.unpack("<q", read(8))
        try:
            table, codes = quantize(function, bits, values, shape)
        except BaseException as error:
            report(describe(error))
            continue
        write(b"R" + table)
        write(codes)


try:
    import numpy
except ImportError as error:
    report(f"{sys.executable} has no numpy, which python_lut needs (on Debian: python3-numpy): {error}")
    sys.exit(1)
try:
    loaded = load_function()
except BaseException as error:
    report(describe(error))
    sys.exit(1)
write(b"R")
serve(loaded)
