# The function of python_lut in the fuzzer: an evenly spaced table.
import numpy


def lut_function(nbits, wp):
    lut = numpy.linspace(wp.min(), wp.max(), 2**nbits)
    step = (lut[-1] - lut[0]) / (len(lut) - 1)
    return lut, numpy.rint((wp - lut[0]) / step) if step > 0 else numpy.zeros(wp.shape)
