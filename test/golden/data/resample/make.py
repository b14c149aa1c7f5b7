"""Makes resample.json: small pictures resized by OpenCV (INTER_AREA) and Pillow (LANCZOS). Needs numpy, opencv, pillow."""

import base64
import json
import pathlib

import cv2
import numpy
import PIL
from PIL import Image


def picture(width, height, seed):
    """Hard edges, ramps and noise from a small generator, so that the test needs no file."""
    rng = numpy.random.default_rng(seed)
    ramp = numpy.linspace(0, 255, width)[None, :, None] * numpy.ones((height, 1, 3))
    noise = rng.integers(0, 256, (height, width, 3))
    blocks = ((numpy.arange(width)[None, :] // 7 + numpy.arange(height)[:, None] // 5) % 2 * 255)[:, :, None]
    mixed = numpy.where(numpy.arange(height)[:, None, None] % 3 == 0, noise, numpy.where(ramp > 128, blocks, ramp))
    return numpy.clip(mixed, 0, 255).astype(numpy.uint8)


def text(array):
    return base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()


cases = []
for seed, (size, to) in enumerate(
    [((40, 30), (20, 15)), ((41, 30), (23, 17)), ((64, 20), (31, 9)), ((30, 50), (29, 48)), ((90, 10), (13, 2))]
):
    source = picture(*size, seed)
    result = cv2.resize(source, to, interpolation=cv2.INTER_AREA)
    cases.append(dict(method="area", size=size, to=to, source=text(source), result=text(result)))
for seed, (size, to) in enumerate([((20, 15), (40, 30)), ((17, 13), (64, 49)), ((3, 2), (9, 7)), ((24, 40), (27, 46))]):
    source = picture(*size, 100 + seed)
    result = numpy.array(Image.fromarray(source).resize(to, Image.LANCZOS))
    cases.append(dict(method="lanczos", size=size, to=to, source=text(source), result=text(result)))

versions = dict(opencv=cv2.__version__, pillow=PIL.__version__, numpy=numpy.__version__)
target = pathlib.Path(__file__).with_name("resample.json")
target.write_text(json.dumps(dict(versions=versions, cases=cases), indent=1) + "\n")
