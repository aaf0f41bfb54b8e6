"""Read pictures of any kind, and make new ones that contain only what is visible."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from clientctl.base.words import say
from clientctl.errors import BadInputError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 100 << 20
"""The biggest file that is looked at, in bytes."""

SIDE = 1024
"""The most pixels a portrait has on a side."""

_MOST_MILLIONS = {"JPEG": 60, "MPO": 60}
_MOST_MILLIONS_OTHERWISE = 24
"""Millions of pixels. A JPEG is made smaller while it is read; others are whole in memory first."""

# Those that cameras, phones and web pages make; of the others the library knows, some run programs.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_QUALITY = 88
_OPAQUE = 255


def portrait(file: BinaryIO, name: str) -> bytes:
    """Make a portrait of a picture: upright, at most SIDE pixels on a side, a JPEG, or a PNG if it is transparent.

    Nothing but its pixels is taken over: no place, no date, no camera. Raise BadInputError, calling
    it ``name``, for what is no picture, is broken or has too many pixels.
    """
    with _decode(file, name) as image:
        image.thumbnail((SIDE, SIDE))
        return _encode(_upright(image))


def pixels(picture: bytes, width: int, height: int) -> list[list[tuple[int, int, int]]]:
    """Return a picture in at most so many pixels, on white where it is transparent.

    They are rows from the top of red, green and blue from 0 to 255.
    """
    from PIL import Image

    with _decode(io.BytesIO(picture), say("the photo")) as image:
        image.thumbnail((width, height))
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        white.alpha_composite(image.convert("RGBA"))
        data, across = white.convert("RGB").tobytes(), image.size[0] * 3
    lines = [data[start : start + across] for start in range(0, len(data), across)]
    return [list(zip(line[::3], line[1::3], line[2::3], strict=True)) for line in lines]


def png(picture: bytes, side: int) -> bytes:
    """Return a picture as a PNG of at most ``side`` pixels on a side."""
    with _decode(io.BytesIO(picture), say("the photo")) as image:
        image.thumbnail((side, side))
        made = io.BytesIO()
        image.save(made, "PNG")
        return made.getvalue()


@contextmanager
def _decode(file: BinaryIO, name: str) -> Iterator["Image"]:
    """Open the first picture in a file; its pixels are decoded only when they are needed."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of broken metadata, which is dropped, and of sizes, which are checked
        try:
            with Image.open(file, formats=_FORMATS) as image:
                most = _MOST_MILLIONS.get(image.format or "", _MOST_MILLIONS_OTHERWISE)
                if image.size[0] * image.size[1] > most * 1_000_000:
                    raise BadInputError(
                        say("{name} has over {most} million pixels: make it smaller first", name=name, most=most)
                    )
                yield image
        except UnidentifiedImageError:
            raise BadInputError(
                say("{name} is not a known picture format: save it as a JPEG or PNG", name=name)
            ) from None
        except Image.DecompressionBombError:
            raise BadInputError(say("{name} has far too many pixels: make it smaller first", name=name)) from None
        except BadInputError:
            raise
        except Exception:  # noqa: BLE001 - decoders raise whatever they meet in a broken file
            raise BadInputError(
                say("{name} is broken: open it in another program and save it anew", name=name)
            ) from None


def _upright(image: "Image") -> "Image":
    """Turn a picture as its camera was held, and convert it to RGB, or to RGBA if it is transparent."""
    from PIL import ImageOps

    turned = ImageOps.exif_transpose(image)
    if "A" not in turned.getbands() and "transparency" not in turned.info:
        return _plain(turned, "RGB")
    rgba = _plain(turned, "RGBA")
    lowest = rgba.getchannel("A").getextrema()[0]
    return rgba if lowest != _OPAQUE else _plain(rgba, "RGB")


def _plain(image: "Image", mode: str) -> "Image":
    """Copy the pixels to a new picture without any metadata."""
    from PIL import Image

    made = Image.new(mode, image.size)
    made.paste(image.convert(mode))
    return made


def _encode(image: "Image") -> bytes:
    made = io.BytesIO()
    if image.mode == "RGBA":
        image.save(made, "PNG", optimize=True)
    else:
        image.save(made, "JPEG", quality=_QUALITY, optimize=True)
    return made.getvalue()
