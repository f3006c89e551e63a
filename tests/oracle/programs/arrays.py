"""Numbers in arrays: linear algebra, transforms, sorting, and functions of Python among them."""

import sys
import time

import numpy

end = time.time() + int(sys.argv[1]) + 1
random = numpy.random.default_rng(1)
matrix = random.random((160, 160))
while time.time() < end:
    numpy.linalg.solve(matrix @ matrix.T + numpy.eye(160), matrix)
    numpy.linalg.svd(matrix[:60, :60])
    numpy.linalg.eigh(matrix[:80, :80] + matrix[:80, :80].T)
    numpy.fft.fft2(matrix)
    numpy.sort(matrix, axis=0).cumsum()
    numpy.einsum("ij,jk->ik", matrix[:40], matrix)
    numpy.apply_along_axis(lambda row: row.max() - row.min(), 1, matrix)
    numpy.exp(numpy.sin(matrix) ** 2).mean(axis=1).tolist()
