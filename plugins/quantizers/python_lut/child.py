# Runs in the child process of python_lut: imports the user's script, then answers requests until the socket closes.
# python_process.hpp describes what is exchanged. Arguments: the socket's descriptor, the script, the function's name.
import inspect
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


# The table of vectors, or of single values. `may_be_short`: entries that are missing are 0.
def checked_table(value, bits, length, may_be_short):
    table = as_array(value, "table entries")
    wanted = f"{bits} bits need {2**bits} entries" + (f" of {length} values" if length > 1 else "")
    if may_be_short:
        if table.size == 0 or table.size % length != 0 or table.size > length * 2**bits:
            raise Refused(f"returned a table of shape {table.shape}; " + wanted.replace("need", "hold"))
    elif table.size != length * 2**bits:
        raise Refused(f"returned a table of shape {table.shape}; {wanted}")
    with numpy.errstate(all="ignore"):
        table = table.reshape(-1).astype("<f4")
    for index in numpy.flatnonzero(~numpy.isfinite(table))[:1]:
        raise Refused(f"returned the table entry {table[index]} at index {index}")
    return table


def checked_codes(value, entries, bits, count, shape):
    codes = as_array(value, "codes")
    if codes.size != count:
        raise Refused(f"returned codes of shape {codes.shape} for weights of shape {shape}")
    codes = codes.reshape(-1)
    if codes.dtype.kind == "f" and not numpy.array_equal(codes, numpy.rint(codes)):
        raise Refused(f"returned codes of dtype {codes.dtype} that are not whole numbers")
    for index in numpy.flatnonzero((codes < 0) | (codes >= entries))[:1]:
        held = f"{bits} bits hold" if entries == 2**bits else f"its table of {entries} entries holds"
        raise Refused(f"returned the code {codes[index]} at index {index}; {held} 0 to {entries - 1}")
    return codes.astype("u1")


# Whether the function is called as those of ML Programs: with the weights alone.
def takes_weights_alone(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return False
    needed = [
        parameter
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return len(needed) == 1


# The weights are a new array at each call, as a function may well work in place.
def quantize(function, bits, tensor):
    values, shape, in_half, has_vectors = tensor
    alone = takes_weights_alone(function)
    dtype = numpy.float64 if not alone else numpy.float16 if in_half else numpy.float32
    weights = numpy.array(values, dtype=dtype).reshape(shape)
    result = function(weights) if alone else function(bits, weights)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Refused("did not return a pair " + ("(lut, indices)" if alone else "(lut, qw)"))
    length = shape[1] if has_vectors else 1
    table = checked_table(result[0], bits, length, alone)
    codes = checked_codes(result[1], table.size // length, bits, values.size // length, shape)
    whole = numpy.zeros(length * 2**bits, dtype="<f4")
    whole[: table.size] = table
    return whole.tobytes(), codes.tobytes()


def serve(function):
    tensor = None
    while True:
        request = bytes(read(1))
        if request == b"T":
            (rank,) = struct.unpack("<q", read(8))
            shape = struct.unpack(f"<{rank}q", read(8 * rank))
            in_half, has_vectors = struct.unpack("<qq", read(16))
            values = numpy.frombuffer(read(4 * int(numpy.prod(shape, dtype=numpy.int64))), dtype="<f4")
            tensor = (values, shape, in_half != 0, has_vectors != 0)
            continue
        (bits,) = struct.unpack("<q", read(8))
        try:
            table, codes = quantize(function, bits, tensor)
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
