"""Read a picture whatever program made it, and keep nothing of it but what is seen."""

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from clientctl.errors import BadInputError
from clientctl.exchange import pictures

SECRET = "Rue du Secret"


def made(image: Image.Image, kind: str, **more) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def portrait(content: bytes) -> Image.Image:
    result = pictures.portrait(io.BytesIO(content), "the picture")
    assert SECRET.encode() not in result
    return Image.open(io.BytesIO(result))


def halves(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Make a picture that is red above and blue below."""
    image = Image.new(mode, (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    return image


def is_red(pixel) -> bool:
    return pixel[0] > 200 and pixel[2] < 60


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_pictures_of_every_kind_become_a_jpeg(kind, mode):
    content = made(halves(300, 200).convert(mode) if (kind, mode) != ("JPEG", "P") else halves(300, 200), kind)
    result = portrait(content)
    assert (result.format, result.mode, result.size) == ("JPEG", "RGB", (300, 200))
    assert (is_red(result.getpixel((10, 10))), is_red(result.getpixel((10, 190)))) == (mode != "L", False)


def test_what_is_transparent_stays_so_as_a_png():
    image = Image.new("RGBA", (30, 20), (255, 0, 0, 100))
    for content in (made(image, "PNG"), made(image, "WEBP", lossless=True)):
        result = portrait(content)
        assert (result.format, result.mode, result.getpixel((0, 0))) == ("PNG", "RGBA", (255, 0, 0, 100))
    assert portrait(made(Image.new("RGBA", (30, 20), (255, 0, 0, 255)), "PNG")).format == "JPEG"
    assert portrait(made(Image.new("P", (30, 20)), "GIF", transparency=0)).mode == "RGBA"


@pytest.mark.parametrize(
    ("size", "expected"), [((3000, 1500), (1024, 512)), ((100, 5000), (20, 1024)), ((8, 8), (8, 8))]
)
def test_a_portrait_is_never_over_1024_pixels_on_a_side_nor_enlarged(size, expected):
    assert portrait(made(Image.new("RGB", size), "PNG")).size == expected


def test_a_picture_stands_as_the_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    result = portrait(made(halves(2000, 1000), "JPEG", exif=exif))
    assert result.size == (1024, 512)
    assert (is_red(result.getpixel((10, 10))), is_red(result.getpixel((10, 500)))) == (False, True)
    exif[0x0112] = 6  # on its side
    assert portrait(made(halves(2000, 1000), "JPEG", exif=exif)).size == (512, 1024)


def test_no_place_date_or_text_is_taken_over():
    exif = Image.Exif()
    exif[0x010E], exif[0x0132] = SECRET, "2026:01:01 00:00:00"
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (48.0, 1.0, 2.0)
    texts = PngInfo()
    texts.add_text("Comment", SECRET)
    for content in (
        made(halves(30, 20), "JPEG", exif=exif, comment=SECRET.encode(), icc_profile=SECRET.encode()),
        made(halves(30, 20), "PNG", exif=exif, pnginfo=texts),
        made(Image.new("RGBA", (30, 20), (255, 0, 0, 9)), "PNG", exif=exif, pnginfo=texts, icc_profile=SECRET.encode()),
        made(halves(30, 20), "WEBP", exif=exif, xmp=SECRET.encode()),
        made(halves(30, 20), "GIF", comment=SECRET.encode()),
    ):
        assert SECRET.encode() in content or b"TIFF" in content or b"iTXt" in content or b"iCCP" in content
        result = portrait(content)
        assert dict(result.getexif()) == {}
        assert set(result.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_of_a_moving_picture_the_first_is_kept():
    frames = [halves(30, 20), Image.new("RGB", (30, 20), "green")]
    result = portrait(made(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert (result.format, is_red(result.getpixel((2, 2)))) == ("JPEG", True)


def bomb(width: int, height: int) -> bytes:
    """Make a small PNG that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a known picture format"),
        (b"hello", "not a known picture format"),
        (b"%PDF-1.4", "not a known picture format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a known picture format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a known picture format"),
        (made(halves(900, 900), "JPEG")[:4000], "broken"),
        (made(halves(900, 900), "PNG")[:-300], "broken"),
        (bomb(900, 900), "broken"),
        (bomb(6000, 6000), "over 24 million pixels"),
        (bomb(60000, 60000), "far too many pixels"),
        (bomb(2**31 - 1, 2**31 - 1), "far too many pixels"),
    ],
)
def test_what_is_no_whole_picture_is_refused(content, says):
    with pytest.raises(BadInputError, match=f"the picture .*{says}"):
        portrait(content)


def test_pixels_are_rows_of_colours_in_at_most_so_many():
    rows = pictures.pixels(made(halves(400, 800), "PNG"), 40, 48)
    assert (len(rows), {len(row) for row in rows}) == (48, {24})
    assert (rows[0][0], rows[-1][-1]) == ((255, 0, 0), (0, 0, 255))
    assert pictures.pixels(made(Image.new("RGBA", (1, 1), (0, 0, 0, 0)), "PNG"), 40, 48) == [[(255, 255, 255)]]


def test_a_png_is_made_for_terminals():
    shown = Image.open(io.BytesIO(pictures.png(made(halves(800, 400), "JPEG"), 100)))
    assert (shown.format, shown.size) == ("PNG", (100, 50))
